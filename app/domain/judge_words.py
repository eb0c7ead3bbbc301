"""A template in the words that people read, and what was judged with it."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from app.domain.judge import Template, Version


def in_words(original: Template, said: Template) -> Template:
    """The template as people read it, in the words of its translation; keys, kinds and stored choices stay."""
    fields = tuple(
        replace(told, choices=field.choices, labels=told.choices)
        for field, told in zip(original.fields, said.fields, strict=True)
    )
    return replace(said, fields=fields, original=original)


def as_read(versions: Sequence[Version], templates: Iterable[Template]) -> list[Version]:
    """Versions in the words of the templates of today, as far as they ask the same."""
    by_id = {template.id: template for template in templates}
    return [replace(one, template=_as_read(one.template, by_id.get(one.template.id))) for one in versions]


def name_as_read(name: str, template: Template | None) -> str:
    """A template's stored name in the words of the template of today, if it is the name of that."""
    return template.name if template is not None and template.source.name == name else name


def _as_read(kept: Template, today: Template | None) -> Template:
    if today is None or today.original is None:
        return kept
    said = dict(zip(today.original.fields, today.fields, strict=True))
    fields = tuple(said.get(field, field) for field in kept.fields)
    return replace(kept, name=name_as_read(kept.name, today), fields=fields, original=kept)
