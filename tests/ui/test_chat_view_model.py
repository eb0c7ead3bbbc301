"""What the chat page knows, without its widgets."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from pytestqt.qtbot import QtBot

from app.domain.chat import Feedback
from app.domain.errors import AppError, ErrorCode
from app.ui.background import Background
from app.ui.chat.listing import Listing
from app.ui.chat.view_model import ChatViewModel
from tests.fakes.services import QUESTION, FakeChat, FakeConversations, furnished


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
    arranging = FakeConversations(chat)
    listing = Listing(chat, arranging, background, undo_ms=300)  # type: ignore[arg-type]
    model = ChatViewModel(chat, arranging, listing, background)  # type: ignore[arg-type]
    failures: list[Exception] = []
    model.failed.connect(failures.append)
    listing.refresh()
    qtbot.waitUntil(lambda: bool(listing.conversations))
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
    listed = len(desk.model.listing.conversations)
    ask(desk, qtbot)
    assert desk.texts == ["What now?", "Book it."]
    qtbot.waitUntil(lambda: len(desk.model.listing.conversations) == listed + 1)
    assert desk.model.listing.title(desk.model.current) == "What now?"


def test_a_second_question_waits_for_the_first(desk: Desk, qtbot: QtBot) -> None:
    desk.chat.hold_at = "writing"
    desk.model.ask("first")
    desk.model.ask("second")
    desk.model.ask("third")
    assert [pending.question for pending in desk.model.waiting()] == ["second", "third"]
    desk.model.withdraw(desk.model.waiting()[1])
    desk.chat.hold_at = ""
    qtbot.waitUntil(lambda: desk.texts == ["first", "Book it.", "second", "Book it."] and not desk.model.busy)
    qtbot.waitUntil(lambda: not desk.model.turns[-1].is_live)
    (conversation,) = [c.id for c in desk.chat.listed if c.title == "first"]
    assert [m.text for m in desk.chat.kept[conversation]] == desk.texts, "both in one conversation"


def test_questions_of_several_conversations_wait_in_one_line(desk: Desk, qtbot: QtBot) -> None:
    desk.chat.hold_at = "writing"
    desk.model.ask("first")
    qtbot.waitUntil(lambda: desk.texts[-1] == "Book it.")
    first = desk.model.current
    desk.model.open(None)
    qtbot.waitUntil(lambda: desk.model.turns == [])
    desk.model.ask("elsewhere")
    desk.model.ask("and more")
    desk.model.open(first)
    assert desk.model.waiting() == []
    desk.chat.hold_at = ""
    qtbot.waitUntil(lambda: not desk.model.busy and not desk.model.queue)
    (other,) = [c.id for c in desk.chat.listed if c.title == "elsewhere"]
    assert [m.text for m in desk.chat.kept[other]] == ["elsewhere", "Book it.", "and more", "Book it."]
    assert desk.texts == ["first", "Book it."], "what is shown stays"
    assert desk.model.listing.unread == {other}
    desk.model.open(other)
    assert desk.model.listing.unread == set()


def test_what_waits_is_not_asked_after_a_failure(desk: Desk, qtbot: QtBot) -> None:
    desk.chat.breaks_off = AppError(ErrorCode.WORKER_DIED, worker="generate", detail="")
    desk.chat.hold_at = "reading"
    desk.model.ask("first")
    desk.model.ask("second")
    desk.chat.hold_at = ""
    qtbot.waitUntil(lambda: bool(desk.failures))
    assert [pending.question for pending in desk.model.queue] == ["second"]


def test_a_changed_question_is_a_version_beside_the_first(desk: Desk, qtbot: QtBot) -> None:
    open_first(desk, qtbot)
    desk.model.ask("Only to Oslo?", instead_of=desk.model.turns[0].message.id)
    assert desk.texts == ["Only to Oslo?", ""], "what came after the first version is not shown"
    qtbot.waitUntil(lambda: not desk.model.busy and desk.model.turns[0].of == 2)
    assert (desk.texts, desk.model.turns[0].version) == (["Only to Oslo?", "Book it."], 2)
    desk.model.show_version(0, -1)
    assert desk.texts[0] == QUESTION


def test_another_version_may_be_shorter_or_from_other_sources(desk: Desk, qtbot: QtBot) -> None:
    open_first(desk, qtbot)
    desk.model.regenerate(1, style="shorter")
    qtbot.waitUntil(lambda: not desk.model.busy and desk.model.turns[-1].of == 3)
    assert desk.chat.styles == ["shorter"]
    desk.model.ask_elsewhere(1, None)
    qtbot.waitUntil(lambda: not desk.model.busy and desk.model.turns[0].of == 2)
    assert desk.texts == [QUESTION, "Book it."]


def test_a_branch_becomes_a_chat_of_its_own(desk: Desk, qtbot: QtBot) -> None:
    open_first(desk, qtbot)
    shown = desk.texts
    desk.model.fork(1)
    qtbot.waitUntil(lambda: desk.model.current == "fork of t0" and desk.texts == shown)


def test_a_rating_is_shown_at_once(desk: Desk, qtbot: QtBot) -> None:
    open_first(desk, qtbot)
    desk.model.rate(1, Feedback(good=False, complaints=("too_long",)))
    qtbot.waitUntil(lambda: desk.model.turns[1].message.feedback is not None)
    desk.model.show_version(1, -1)
    desk.model.show_version(1, 1)
    assert desk.model.turns[1].message.feedback is not None


def test_an_answer_is_explained(desk: Desk, qtbot: QtBot) -> None:
    open_first(desk, qtbot)
    with qtbot.waitSignal(desk.model.explained) as told:
        desk.model.explain(1)
    assert told.args is not None
    assert told.args[0].question.text == QUESTION


def test_a_conversation_that_is_deleted_can_be_brought_back(desk: Desk, qtbot: QtBot) -> None:
    open_first(desk, qtbot)
    desk.model.listing.delete("t0")
    assert "t0" not in [c.id for c in desk.model.listing.conversations]
    assert desk.model.current is None
    desk.model.listing.bring_back("t0")
    qtbot.wait(400)
    assert "t0" in [c.id for c in desk.chat.listed]


def test_what_was_deleted_is_gone_when_the_window_closes(desk: Desk) -> None:
    desk.model.listing.delete("t0")
    desk.model.listing.delete_now()
    assert "t0" not in [c.id for c in desk.chat.listed]


def test_a_temporary_chat_is_begun_and_listed_as_one(desk: Desk, qtbot: QtBot) -> None:
    desk.model.open(None, temporary=True)
    ask(desk, qtbot)
    qtbot.waitUntil(lambda: any(c.temporary for c in desk.model.listing.conversations))


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
    desk.model.listing.delete(doomed)
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


def test_a_version_is_deleted_and_brought_back(desk: Desk, qtbot: QtBot) -> None:
    open_first(desk, qtbot)
    shown = desk.texts
    with qtbot.waitSignal(desk.model.removed) as removed:
        desk.model.remove(1)
    qtbot.waitUntil(lambda: desk.texts == [QUESTION, "Yes, with approval. [1]"])
    assert desk.model.turns[1].of == 1
    desk.model.bring_back(removed.args[0])
    qtbot.waitUntil(lambda: desk.texts == shown)
    assert desk.model.turns[1].of == 2


def test_while_an_answer_is_being_written_nothing_of_its_conversation_is_deleted(desk: Desk, qtbot: QtBot) -> None:
    open_first(desk, qtbot)
    before = list(desk.chat.kept["t0"])
    desk.chat.hold_at = "writing"
    desk.model.ask("And then?")
    qtbot.waitUntil(lambda: desk.model.turns[-1].is_live)
    desk.model.remove(1)
    desk.model.stop()
    qtbot.waitUntil(lambda: not desk.model.busy)
    assert desk.chat.kept["t0"][: len(before)] == before


def test_what_is_found_is_opened_at_its_message_even_in_another_branch(desk: Desk, qtbot: QtBot) -> None:
    desk.model.listing.find("yes, with")
    qtbot.waitUntil(lambda: bool(desk.model.listing.hits))
    (hit,) = desk.model.listing.hits
    with qtbot.waitSignal(desk.model.pointed_at) as pointed:
        desk.model.open(hit.conversation_id, hit.message_id)
    assert pointed.args == [1]
    assert desk.texts[1] == "Yes, with approval. [1]"
    assert desk.model.turns[1].version == 1
