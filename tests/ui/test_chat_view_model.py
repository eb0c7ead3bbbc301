"""What the chat page knows, without its widgets."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from pytestqt.qtbot import QtBot

from app.domain.errors import AppError, ErrorCode
from app.ui.background import Background
from app.ui.chat.view_model import ChatViewModel
from tests.fakes.services import QUESTION, FakeChat, furnished


@dataclass
class Desk:
    """A view model on a scripted chat."""

    chat: FakeChat
    model: ChatViewModel
    failures: list[Exception]

    @property
    def texts(self) -> list[str]:
        return [turn.message.text for turn in self.model.turns]


@pytest.fixture
def desk(qtbot: QtBot) -> Iterator[Desk]:
    background = Background()
    chat = furnished().chat
    model = ChatViewModel(chat, background)  # type: ignore[arg-type]
    failures: list[Exception] = []
    model.failed.connect(failures.append)
    model.refresh()
    qtbot.waitUntil(lambda: bool(model.conversations))
    yield Desk(chat, model, failures)
    background.close()


def ask(desk: Desk, qtbot: QtBot, question: str = "What now?") -> None:
    desk.model.ask(question)
    qtbot.waitUntil(lambda: not desk.model.busy)
    qtbot.waitUntil(lambda: bool(desk.model.turns) and not desk.model.turns[-1].is_live)


def open_first(desk: Desk, qtbot: QtBot) -> None:
    desk.model.open("t0")
    qtbot.waitUntil(lambda: desk.texts[:1] == [QUESTION])


def test_a_question_starts_a_conversation_and_its_answer_streams(desk: Desk, qtbot: QtBot) -> None:
    listed = len(desk.model.conversations)
    ask(desk, qtbot)
    assert desk.texts == ["What now?", "Book it."]
    qtbot.waitUntil(lambda: len(desk.model.conversations) == listed + 1)
    assert desk.model.title() == "What now?"


def test_a_second_question_waits_for_the_first(desk: Desk, qtbot: QtBot) -> None:
    desk.chat.hold_at = "reading"
    assert desk.model.ask("first")
    assert not desk.model.ask("second")
    desk.model.stop()
    qtbot.waitUntil(lambda: not desk.model.busy)


def test_stopping_keeps_what_was_written(desk: Desk, qtbot: QtBot) -> None:
    desk.chat.hold_at = "writing"
    desk.model.ask("Long?")
    qtbot.waitUntil(lambda: desk.texts[-1] == "Book it.")
    desk.model.stop()
    qtbot.waitUntil(lambda: desk.model.turns[-1].message.status == "stopped")
    assert desk.texts[-1] == "Book it."
    assert desk.failures == []


def test_an_answer_goes_on_while_another_conversation_is_read(desk: Desk, qtbot: QtBot) -> None:
    desk.chat.hold_at = "writing"
    desk.model.ask("Long?")
    qtbot.waitUntil(lambda: desk.texts[-1] == "Book it.")
    asked_in = desk.model.current
    open_first(desk, qtbot)
    assert desk.model.busy
    assert "Book it." not in desk.texts
    desk.model.open(asked_in)
    qtbot.waitUntil(lambda: desk.texts == ["Long?", "Book it."])
    assert desk.model.turns[-1].is_live
    desk.chat.hold_at = ""
    qtbot.waitUntil(lambda: not desk.model.turns[-1].is_live)
    assert desk.texts == ["Long?", "Book it."]


def test_an_answer_that_ends_elsewhere_does_not_change_what_is_shown(desk: Desk, qtbot: QtBot) -> None:
    desk.chat.hold_at = "writing"
    desk.model.ask("Long?")
    qtbot.waitUntil(lambda: desk.texts[-1] == "Book it.")
    open_first(desk, qtbot)
    shown = desk.texts
    desk.chat.hold_at = ""
    qtbot.waitUntil(lambda: not desk.model.busy)
    qtbot.wait(80)
    assert (desk.model.current, desk.texts) == ("t0", shown)


def test_deleting_what_is_being_answered_stops_it_first(desk: Desk, qtbot: QtBot) -> None:
    desk.chat.hold_at = "writing"
    desk.model.ask("Long?")
    qtbot.waitUntil(lambda: desk.texts[-1] == "Book it.")
    doomed = desk.model.current
    assert doomed is not None
    desk.model.delete(doomed)
    qtbot.waitUntil(lambda: doomed not in [c.id for c in desk.chat.listed])
    assert desk.model.turns == []


def test_versions_can_be_leafed_through(desk: Desk, qtbot: QtBot) -> None:
    open_first(desk, qtbot)
    newest = desk.texts[-1]
    assert (desk.model.turns[1].version, desk.model.turns[1].of) == (2, 2)
    desk.model.show_version(1, -1)
    assert desk.texts[-1] == "Yes, with approval. [1]"
    assert desk.model.turns[1].version == 1
    desk.model.show_version(1, -1)  # there is none before the first
    desk.model.show_version(1, 1)
    assert desk.texts[-1] == newest


def test_regenerating_adds_a_version_and_keeps_the_question(desk: Desk, qtbot: QtBot) -> None:
    open_first(desk, qtbot)
    question = desk.texts[0]
    desk.model.regenerate(1)
    qtbot.waitUntil(lambda: not desk.model.busy)
    qtbot.waitUntil(lambda: desk.model.turns[-1].of == 3 and not desk.model.turns[-1].is_live)
    assert desk.texts == [question, "Book it."]


def test_passages_are_shown_before_they_are_cited(desk: Desk, qtbot: QtBot) -> None:
    desk.chat.hold_at = "reading"
    desk.model.ask("Where?")
    qtbot.waitUntil(lambda: len(desk.model.sources()) == 3)
    assert all(citation.quote == "" for citation, _ in desk.model.sources())
    assert desk.model.turns[-1].read == pytest.approx(0.62)
    desk.model.stop()
    qtbot.waitUntil(lambda: not desk.model.busy)


def test_an_error_is_told_and_the_next_question_is_taken(desk: Desk, qtbot: QtBot) -> None:
    desk.chat.fails = AppError(ErrorCode.MODEL_NOT_INSTALLED, model="x")
    returned: list[str] = []
    desk.model.question_returned.connect(returned.append)
    desk.model.ask("Anyone?")
    qtbot.waitUntil(lambda: bool(desk.failures))
    assert (returned, desk.model.turns) == (["Anyone?"], [])
    assert not desk.model.busy
    desk.chat.fails = None
    ask(desk, qtbot)
    assert desk.texts[-1] == "Book it."
