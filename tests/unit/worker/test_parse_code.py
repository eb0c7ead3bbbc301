"""Code keeps its lines and is found by what it defines; rows of a CSV file by whatever parts them."""

import pytest

from app.domain.library import ParsedDocument
from app.worker.parse_code import parse_code
from app.worker.parse_csv import parse_csv
from app.worker.untrusted_file import UntrustedFile


def blocks(document: ParsedDocument) -> list[tuple[str, str, int]]:
    return [(b.kind, document.text[b.start : b.end], b.level) for b in document.blocks]


def test_definitions_are_headings() -> None:
    source = b"import os\n\nclass Lamp:\n    def light(self):\n        return 6\n"
    assert blocks(parse_code(UntrustedFile("a/lamp.py", source))) == [
        ("code", "import os", 0),
        ("heading", "class Lamp:", 1),
        ("heading", "    def light(self):", 3),
        ("code", "        return 6", 0),
    ]


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("a.ts", "export async function light(lamp: Lamp) {"),
        ("a.go", "func (l *Lamp) Light() {"),
        ("a.rs", "pub(crate) fn light(&self) {"),
        ("a.java", "public final class Lamp {"),
        ("a.sql", "CREATE TABLE lamps ("),
        ("a.toml", "[lamps.oil]"),
    ],
)
def test_each_language_has_its_own(name: str, line: str) -> None:
    assert blocks(parse_code(UntrustedFile(name, f"{line}\n  x\n".encode()))) == [
        ("heading", line, 1),
        ("code", "  x", 0),
    ]


def test_data_has_no_definitions() -> None:
    assert blocks(parse_code(UntrustedFile("a.json", b'{\n "type": [1]\n}'))) == [("code", '{\n "type": [1]\n}', 0)]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters(delimiter: str) -> None:
    source = f'City{delimiter}Euros\nOslo{delimiter}"2{delimiter}10"\n'
    assert (
        parse_csv(UntrustedFile("a.csv", source.encode())).text
        == f"City · Euros\nCity: Oslo · Euros: {' '.join(f'2{delimiter}10'.split())}"
    )
