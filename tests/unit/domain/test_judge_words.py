"""Templates in German: every text of the shipped ones, and nothing of what is stored."""

from dataclasses import replace
from pathlib import Path

import pytest

from app.adapters.translated_files import originals
from app.domain.judge import Field, Template, Verdict, Version, value_schema
from app.domain.judge_templates import read_template
from app.domain.judge_texts import say
from app.domain.judge_words import as_read, in_words, name_as_read

SHIPPED = Path(__file__).parents[3] / "resources" / "judge"


def german(template_id: str) -> Template:
    """A shipped template in German."""
    original, said = (
        read_template((SHIPPED / name).read_text("utf-8"), template_id, "shipped")
        for name in (f"{template_id}.toml", f"{template_id}.de.toml")
    )
    return in_words(original, said)


def incident() -> Template:
    """The template for incidents, in German."""
    return german("incident")


@pytest.mark.parametrize("template_id", [path.stem for path in originals(SHIPPED)])
def test_a_template_in_german_asks_models_for_the_same(template_id: str) -> None:
    template = german(template_id)
    for field, original in zip(template.fields, template.source.fields, strict=True):
        assert (field.key, field.kind, value_schema(field)) == (original.key, original.kind, value_schema(original))
        assert field.ask != original.ask


def test_a_choice_is_stored_as_it_was_and_read_in_german() -> None:
    field = incident().field("severity")
    assert (field.choices, say(field, "major")) == (("critical", "major", "minor"), "schwer")


def test_a_judgement_is_read_in_german_as_far_as_the_template_asks_the_same() -> None:
    today = incident()
    own = Field("severity", "How bad", "text", "How bad it was.")
    kept = replace(today.source, fields=(today.source.fields[0], own))
    version = Version(1, kept, (Verdict("severity", "bad"),), "m", "device")
    read = as_read([version], [today])[0].template
    assert [field.name for field in read.fields] == ["Was geschah", "How bad"]
    assert (read.name, read.source) == ("Störung", kept)
    assert as_read([version], []) == [version]
    assert (name_as_read("Incident", today), name_as_read("Outage", today)) == ("Störung", "Outage")
