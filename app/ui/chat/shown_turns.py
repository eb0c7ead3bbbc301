"""What a transcript shows: messages, and what happens to them. No widgets."""

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal

from app.ui.chat.turns import Turn


class ShownTurns(QObject):
    """The messages of one branch, in order."""

    turns_reset = Signal()
    turn_changed = Signal(int)
    pointed_at = Signal(int)  # the row of the message that was asked for

    def __init__(self, turns: Sequence[Turn] = (), parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.turns = list(turns)
