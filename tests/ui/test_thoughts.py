"""What a reasoning model thinks first, as it is shown."""

from PySide6.QtWidgets import QPlainTextEdit
from pytestqt.qtbot import QtBot

from app.domain.events import Thought, Token
from app.ui.chat.actions import in_menu, label_of, under
from app.ui.chat.explanation import ThoughtDialog
from app.ui.chat.layout import who_line
from app.ui.chat.turns import after, draft


def test_it_is_said_that_a_model_thinks_and_later_for_how_long() -> None:
    turn = after(draft("assistant", "", "streaming"), Thought("Six "))
    turn = after(turn, Thought("hours?"))
    assert (turn.message.thought, turn.message.text) == ("Six hours?", "")
    assert who_line(turn).endswith("thinking")
    turn = after(turn, Token("Book it."))
    assert not who_line(turn).endswith("thinking")
    assert "thought" in under(turn)
    assert label_of("thought", turn) == "Thought for 0 s"
    assert ("thought", "What the model thought first") in in_menu(turn)
    plain = draft("assistant", "Book it.", "complete")
    assert "thought" not in under(plain)


def test_a_thought_is_read_by_itself(qtbot: QtBot) -> None:
    dialog = ThoughtDialog("Six hours?\n")
    qtbot.addWidget(dialog)
    text = dialog.findChild(QPlainTextEdit)
    assert isinstance(text, QPlainTextEdit)
    assert (text.toPlainText(), text.isReadOnly()) == ("Six hours?", True)
