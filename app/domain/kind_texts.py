"""What people call the kinds of text that the copilot knows; English, `tr` translates."""

from typing import Final

from app.domain.detectors import Kind

LOOKS_LIKE: Final[dict[Kind, str]] = {
    "secret": "This holds a secret.",
    "stack_trace": "This looks like an error of a program.",
    "log": "This looks like a log.",
    "suspicious_mail": "This looks like a mail that wants something from you.",
    "email": "This looks like a mail.",
    "transcript": "This looks like a conversation.",
    "incident": "This looks like an incident report.",
    "contract": "This looks like a contract.",
    "ticket": "This looks like a support ticket.",
    "table": "This looks like a table.",
    "code": "This looks like program code.",
    "url": "This is a link.",
}
UNKNOWN: Final = "I am not sure what this is."
