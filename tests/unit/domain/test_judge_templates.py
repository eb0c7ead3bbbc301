"""Templates: read with the line of what is wrong, and written so that they come back."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.adapters.translated_files import originals
from app.domain.errors import AppError, ErrorCode
from app.domain.judge import KINDS, Field, Template
from app.domain.judge_templates import id_of, key_of, read_template, write_template

SHIPPED = originals(Path(__file__).parents[3] / "resources" / "judge")
GOOD = """name = "Offer"
about = "an offer"

[[field]]
key = "price"
name = "Price"
kind = "amount"
ask = "What it costs."

[[field]]
key = "fit"
name = "Fit"
kind = "choice"
ask = "Whether it fits."
choices = ["yes", "no"]
"""
SEEN = st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zs", "Zl", "Zp", "Cn", "Cf", "Co"))
LINE = st.text(SEEN, min_size=1, max_size=40)


def line_of(text: str) -> tuple[int, str]:
    with pytest.raises(AppError) as refused:
        read_template(text, "offer")
    assert refused.value.code is ErrorCode.TEMPLATE_INVALID
    line = refused.value.facts["line"]
    assert isinstance(line, int)
    return line, str(refused.value.facts["reason"])


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_those_shipped_fit(path: Path) -> None:
    template = read_template(path.read_text("utf-8"), path.stem, "shipped")
    assert template.fields
    assert read_template(write_template(template), path.stem, "shipped") == template


def test_there_are_six() -> None:
    assert len(SHIPPED) == 6


@pytest.mark.parametrize(
    ("old", "new", "line", "reason"),
    [
        ('kind = "amount"', 'kind = "money"', 7, "kind must be one of"),
        ('key = "fit"', 'key = "price"', 11, "twice"),
        ('key = "fit"', 'key = "Fit!"', 11, "key must be"),
        ('choices = ["yes", "no"]', 'choices = ["yes"]', 15, "2 to 20"),
        ('choices = ["yes", "no"]', 'choices = ["no", "no"]', 15, "twice"),
        ('choices = ["yes", "no"]', 'choices = ["yes", 4]', 15, "choices must be"),
        ('choices = ["yes", "no"]', 'rubric = ["yes", "no"]', 15, "belongs to a score"),
        ('ask = "What it costs."', "ask = 4", 8, "ask must be"),
        ('ask = "What it costs."\n', "", 4, "ask must be"),
        ('about = "an offer"', 'abuot = "an offer"', 2, "means nothing"),
        ('about = "an offer"', "about = an offer", 2, "Invalid value"),
        ('name = "Offer"', 'name = ""', 1, "name must be"),
        ('name = "Offer"', 'version = 0\nname = "Offer"', 1, "version"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(old: str, new: str, line: int, reason: str) -> None:
    assert old in GOOD
    found, why = line_of(GOOD.replace(old, new))
    assert found == line
    assert reason in why


def test_no_fields_and_too_long_are_refused() -> None:
    assert "1 to" in line_of('name = "a"\nabout = "b"\n')[1]
    assert "longer" in line_of(GOOD + "#" * 70_000)[1]
    with pytest.raises(AppError):
        read_template(GOOD, "../escape")


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        read_template(text, "any")
    except AppError as error:
        assert error.code is ErrorCode.TEMPLATE_INVALID


@given(LINE, LINE, st.lists(LINE, min_size=2, max_size=4, unique_by=str.strip), st.sampled_from(KINDS))
def test_what_is_written_comes_back(name: str, ask: str, steps: list[str], kind: str) -> None:
    texts = tuple(step.strip() for step in steps)
    field = Field(
        "a", name.strip(), kind, ask.strip(),  # type: ignore[arg-type]
        texts if kind == "choice" else (), texts if kind == "score" else (),
    )  # fmt: skip
    template = Template("t", name.strip(), ask.strip(), (field,), 3)
    assert read_template(write_template(template), "t") == template


def test_names_become_ids_and_keys() -> None:
    assert id_of("Supplier's offer (own)") == "supplier-s-offer-own"
    assert id_of("Übergabe") == "ubergabe"
    assert id_of("4 Eyes") == "template-4-eyes"
    assert key_of("Root cause") == "root_cause"
    assert key_of("Root cause", ["root_cause"]) == "root_cause_2"
    assert key_of("報告") == "template"
