"""What an error says in the window."""

from app.domain.error_texts import explain
from app.domain.errors import AppError, ErrorCode
from app.ui.translate import tr


def explained(error: Exception) -> tuple[str, str]:
    """What happened, and the one thing to do; an error nobody expected is called our own."""
    known = error if isinstance(error, AppError) else AppError(ErrorCode.INTERNAL, reason=type(error).__name__)
    explanation = explain(known)
    return tr(explanation.what), tr(explanation.advice)


def error_text(error: Exception) -> str:
    """Both, in a line."""
    return " ".join(explained(error)).strip()
