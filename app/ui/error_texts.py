"""What an error says in the window."""

from typing import Final

from app.domain.error_texts import explain
from app.domain.errors import AppError, ErrorCode, Fact
from app.ui.translate import tr

REASONS: Final = ("reason", "because")  # facts that say why


def explained(error: Exception) -> tuple[str, str]:
    """What happened, and the one thing to do; an error nobody expected is called our own."""
    known = error if isinstance(error, AppError) else AppError(ErrorCode.INTERNAL, reason=type(error).__name__)
    explanation = explain(AppError(known.code, **{name: _said(name, fact) for name, fact in known.facts.items()}))
    return tr(explanation.what), tr(explanation.advice)


def _said(name: str, fact: Fact) -> Fact:
    """A fact as it is put in: reasons are our own words, and most have no facts of their own."""
    return tr(fact) if name in REASONS and isinstance(fact, str) else fact


def error_text(error: Exception) -> str:
    """Both, in a line."""
    return " ".join(explained(error)).strip()
