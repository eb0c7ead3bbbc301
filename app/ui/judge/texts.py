"""Judgements in the window's words."""

from collections.abc import Sequence

from app.domain.judge import Field, FieldKind, Value, Verdict
from app.domain.judge_texts import say
from app.domain.library import Unit
from app.ui.translate import tr


def kind_name(kind: FieldKind) -> str:
    """What kind of thing a field asks for."""
    return {
        "text": tr("Text"),
        "choice": tr("Choice"),
        "list": tr("List"),
        "date": tr("Date"),
        "amount": tr("Amount"),
        "yes_no": tr("Yes or no"),
        "score": tr("Score"),
    }[kind]


def value_text(field: Field, value: Value) -> str:
    """A value as the page shows it: items one below the other."""
    match value:
        case None | ():
            return tr("not said")
        case bool():
            return tr("Yes") if value else tr("No")
        case tuple() if len(value) > 1:
            return "\n".join(f"{number}  {item}" for number, item in enumerate(value, 1))
        case int() if field.rubric:
            return tr("{n} of {most}: {meaning}", n=value, most=len(field.rubric), meaning=field.rubric[value - 1])
    return say(field, value)


def evidence_text(verdict: Verdict) -> str:
    """How many quotes a verdict has."""
    count = len(verdict.evidence)
    if count == 1:
        return tr("1 quote")
    return tr("{n} quotes", n=count) if count else tr("no evidence")


def note_text(verdict: Verdict) -> str:
    """What is to be said of a verdict's making."""
    return {
        "": "",
        "cut": tr("As long as is allowed: its end may be missing."),
        "not_borne": tr("The quote does not say just this. Check it."),
        "unfinished": tr("The model came to no end here. Judge again, or correct it."),
    }[verdict.note]


def page_text(unit: Unit, page: int, pages: int, labels: Sequence[str]) -> str:
    """Where a quote is; "" in a document without pages."""
    if not page:
        return ""
    label = labels[page - 1] if page <= len(labels) else ""
    match unit:
        case "slide":
            return tr("slide {n} of {pages}", n=page, pages=pages)
        case "sheet":
            return tr("sheet {name}", name=label or page)
        case "part":
            return tr("part {name}", name=label or page)
    return tr("page {n} of {pages}", n=page, pages=pages)
