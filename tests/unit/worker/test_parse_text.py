"""Plain text in any encoding; what is no text is said to be none."""

from pathlib import Path

import pytest

from app.worker.parse_text import parse_text
from app.worker.untrusted_file import UntrustedFile

WORDS = "Die Übernachtung kostet für Geschäftsführer höchstens 180 Euro. Grüße aus München und Köln."


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(WORDS.encode(encoding))
    assert parse_text(UntrustedFile.read(path)).text == WORDS


def test_paragraphs_end_at_blank_lines_of_any_system(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"one\r\ntwo\r\n \r\nthree\r\rfour\x00")
    document = parse_text(UntrustedFile.read(path))
    assert [document.text[b.start : b.end] for b in document.blocks] == ["one\ntwo", "three", "four"]
