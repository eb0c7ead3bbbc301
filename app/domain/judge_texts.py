"""Values of judgements in words."""

from typing import Final

from app.domain.judge import Field, FieldKind, Value

KIND_NAMES: Final[dict[FieldKind, str]] = {
    "text": "text",
    "choice": "one of several",
    "list": "list",
    "date": "date",
    "amount": "amount",
    "yes_no": "yes or no",
    "score": "score",
}
_FORMS: Final[dict[FieldKind, str]] = {
    "text": "a short text",
    "list": "a list of short texts",
    "date": "a date as YYYY-MM-DD",
    "amount": "a number and its unit",
    "yes_no": "true or false",
}


def say(field: Field, value: Value) -> str:
    """A value as people read it; "" where the document says nothing."""
    match value:
        case str() if field.labels and value in field.choices:
            return field.labels[field.choices.index(value)]
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case tuple():
            return "; ".join(value)
        case int() if field.rubric:
            return f"{value} of {len(field.rubric)}, {field.rubric[value - 1]}"
    return str(value)


def ask(field: Field) -> str:
    """A field as a model is asked for it."""
    form = _FORMS.get(field.kind, "")
    if field.choices:
        form = f"one of {', '.join(field.choices)}"
    if field.rubric:
        form = ", ".join(f"{step} = {meaning}" for step, meaning in enumerate(field.rubric, 1))
    return f"- {field.key} ({form}): {field.ask}"
