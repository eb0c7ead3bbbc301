"""What can be done with a message: which actions it has, and what they are called."""

from typing import Final

from app.ui.chat.parts import listings, tables
from app.ui.chat.turns import Turn
from app.ui.translate import tr

ICONS: Final = {"good": "thumb_up", "bad": "thumb_down"}  # of actions whose icon has another name


def under(turn: Turn) -> list[str]:
    """The actions in the line under a message, from left to right."""
    versions = ["previous", "version", "next"] if turn.of > 1 else []
    if not turn.is_answer:
        return [*versions, "edit"]
    return [
        "copy",
        *versions,
        "regenerate",
        "good",
        "bad",
        "why",
        *(["thought"] if turn.message.thought else []),
        *(["continue"] if turn.can_go_on else []),
    ]


def in_menu(turn: Turn) -> list[tuple[str, str]]:
    """All actions of a message by name, each with what it is called: for the keyboard and the right mouse button."""
    entries = [("copy", tr("Copy message"))]
    entries += [("copy_plain", tr("Copy as plain text"))] if turn.is_answer else []
    entries += [("copy_code", tr("Copy code"))] if turn.is_answer and listings(turn.message.text) else []
    entries += [("copy_tables", tr("Copy tables"))] if turn.is_answer and tables(turn.message.text) else []
    entries += [("thought", tr("What the model thought first"))] if turn.message.thought else []
    entries += [("read_aloud", tr("Read aloud, or stop"))] if turn.is_answer and not turn.is_live else []
    if turn.is_live:
        return entries
    if not turn.is_answer:
        entries.append(("edit", tr("Edit and ask again")))
    else:
        entries += [("read_all", tr("Read all passages"))] if turn.message.asks_for_all else []
        entries += [("continue", tr("Continue"))] if turn.can_go_on else []
        entries += [("again", tr("Regenerate")), ("shorter", tr("Shorter")), ("longer", tr("Longer"))]
        entries += [("good", tr("Good answer")), ("bad", tr("Bad answer…")), ("why", tr("Why this answer?"))]
    entries += [("previous", tr("Previous version"))] if turn.version > 1 else []
    entries += [("next", tr("Next version"))] if turn.version < turn.of else []
    entries.append(("fork", tr("Branch off into a new chat")))
    entries.append(("delete", tr("Delete this version") if turn.of > 1 else tr("Delete question and answer")))
    return entries


def label_of(name: str, turn: Turn) -> str:
    """What an action is called in the line under a message; "" for one that is an icon there."""
    if name == "version":
        return f"{turn.version} / {turn.of}"
    return {
        "continue": tr("Continue"),
        "why": tr("Why?"),
        "thought": tr("Thought for {s:.0f} s", s=turn.message.thought_s),
        "read_all": tr("Only the best passages were read · Read all"),
    }.get(name, "")


def is_on(name: str, turn: Turn) -> bool:
    """Whether an action is one that has been taken, and would be taken back."""
    feedback = turn.message.feedback
    return feedback is not None and feedback.good == (name == "good") and name in ICONS


def tip_of(name: str) -> str:
    """What a person reads who points at an action."""
    return {
        "copy": tr("Copy"),
        "edit": tr("Edit and ask again"),
        "regenerate": tr("Another version"),
        "previous": tr("Previous version"),
        "next": tr("Next version"),
        "good": tr("Good answer"),
        "bad": tr("Bad answer"),
        "why": tr("How this answer came to be"),
    }.get(name, "")
