"""The window as a person uses it, on scripted services."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QDragEnterEvent, QDropEvent, QGuiApplication, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QLabel,
    QLineEdit,
    QListWidget,
    QMessageBox,
    QPlainTextEdit,
    QPushButton,
    QTableWidget,
)
from pytestqt.qtbot import QtBot

from app.domain.errors import AppError, ErrorCode
from app.domain.events import EmbeddingProgress, RailVerdict
from app.domain.guard import find_sensitive
from app.domain.models import InstalledModel
from app.domain.query import Search
from app.domain.retention import Due
from app.domain.routing import Destination, Route
from app.settings.table import GATEWAY_LOCAL_ONLY, GATEWAY_URL, MODEL_CHAT, TEAM_URL
from app.ui.chat.model_button import ModelButton
from app.ui.chat.picker import Picker
from app.ui.chat.sources import SourceCard
from app.ui.fact import Fact
from app.ui.frame import Frame
from app.ui.rail import LIBRARY, MODELS
from app.ui.theme import Appearance, Look
from app.ui.window import Window
from tests.fakes.services import MODEL, QUESTION, FakeServices, furnished


@dataclass
class Desk:
    """An open window and what it works with."""

    window: Window
    services: FakeServices

    def type(self, qtbot: QtBot, text: str) -> None:
        QTest.keyClicks(self.window.chat_page.composer.edit, text)

    def cards(self) -> list[SourceCard]:
        return [card for card in self.window.findChildren(SourceCard) if card.isVisible()]


@pytest.fixture
def desk(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> Iterator[Desk]:
    services = furnished()
    window = Window(services, Appearance(qapp, "light"))  # type: ignore[arg-type]
    Frame(window, services.settings)
    qtbot.addWidget(window)
    window.show()
    window.load()
    qtbot.waitUntil(lambda: bool(window.chat.listing.conversations) and bool(window.library.documents))
    yield Desk(window, services)
    window.close()


def open_first(desk: Desk, qtbot: QtBot) -> None:
    desk.window.chat.open("t0")
    qtbot.waitUntil(lambda: [t.message.text for t in desk.window.chat.turns][:1] == [QUESTION])


def test_larger_text_keeps_more_room_as_far_as_the_screen_has_it(desk: Desk) -> None:
    window = desk.window
    screen = window.screen().availableGeometry()
    usual = window.minimumSize()
    window.appearance.wear(replace(window.appearance.look, text_scale=150))
    large = window.minimumSize()
    window.appearance.wear(replace(window.appearance.look, text_scale=100))
    assert (usual.width(), usual.height()) == (960, 560)
    assert large.width() == max(960, min(1440, screen.width()))
    assert large.height() == max(560, min(840, screen.height()))
    assert window.minimumSize() == usual


def test_a_verdict_of_a_rail_is_told_and_an_objection_kept(desk: Desk, qtbot: QtBot) -> None:
    note = desk.window.rail_notes
    assert not note.isVisible()
    desk.window.chat.flagged.emit(RailVerdict("question", find_sensitive("Card 4111 1111 1111 1111")))
    assert note.isVisible()
    assert "your question" in note.accessibleName()
    assert "card number" in note.accessibleName()
    next(one for one in note.findChildren(QPushButton) if one.text() == "This is wrong").click()
    QTest.keyClicks(note.findChildren(QLineEdit)[0], "It is a part number.")
    QTest.keyClick(note.findChildren(QLineEdit)[0], Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: [one.text for one in desk.services.appeals.all()] == ["It is a part number."])


def test_what_a_rail_keeps_here_is_a_verdict_and_goes_with_the_next_question(desk: Desk) -> None:
    blocked = AppError(ErrorCode.EGRESS_BLOCKED, kinds="IBAN", model="large")
    desk.window.chat.failed.emit(blocked)
    note = desk.window.rail_notes
    assert note.isVisible()
    assert "IBAN" in note.accessibleName()
    assert desk.window.notices.text() == ""
    desk.window.chat.busy_changed.emit(True)
    assert not note.isVisible()


def test_diagnostics_are_copied_beside_an_error_that_is_no_mistake_of_the_person(desk: Desk, qtbot: QtBot) -> None:
    notices = desk.window.notices
    button = next(one for one in notices.findChildren(QPushButton) if one.text() == "Copy diagnostics")
    notices.show_error(AppError(ErrorCode.EMPTY_QUESTION))
    assert not button.isVisible()
    notices.show_error(AppError(ErrorCode.WORKER_DIED, worker="generate", reason="signal 11"))
    assert button.isVisible()
    button.click()
    qtbot.waitUntil(lambda: "clipboard" in notices.text())
    assert not button.isVisible()
    copied = QGuiApplication.clipboard().text()
    assert "code worker_died" in copied
    assert "signal 11" not in copied


def test_enter_asks_and_shift_enter_starts_a_line(desk: Desk, qtbot: QtBot) -> None:
    edit = desk.window.chat_page.composer.edit
    desk.type(qtbot, "first")
    QTest.keyClick(edit, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    desk.type(qtbot, "second")
    assert edit.toPlainText() == "first\nsecond"
    QTest.keyClick(edit, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: [t.message.text for t in desk.window.chat.turns] == ["first\nsecond", "Book it."])
    assert edit.toPlainText() == ""


def test_the_composer_grows_with_its_text_up_to_a_limit(desk: Desk, qtbot: QtBot) -> None:
    edit = desk.window.chat_page.composer.edit
    one = edit.height()
    edit.setPlainText("a\nb\nc")
    three = edit.height()
    edit.setPlainText("\n" * 100)
    assert one < three < edit.height() <= 180


def test_escape_stops_the_answer(desk: Desk, qtbot: QtBot) -> None:
    desk.services.chat.hold_at = "writing"
    desk.type(qtbot, "Long?")
    QTest.keyClick(desk.window.chat_page.composer.edit, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: desk.window.chat.turns[-1].message.text == "Book it.")
    assert desk.window.chat_page.composer.send.text() == "Stop"
    desk.window.activateWindow()
    qtbot.waitUntil(desk.window.isActiveWindow)  # shortcuts are the active window's
    QTest.keyClick(desk.window.chat_page.composer.edit, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: desk.window.chat.turns[-1].message.status == "stopped")
    assert desk.window.chat_page.composer.send.text() == "Send"


def test_an_answer_shows_its_sources_and_a_marker_selects_one(desk: Desk, qtbot: QtBot) -> None:
    open_first(desk, qtbot)
    qtbot.waitUntil(lambda: len(desk.cards()) == 3)
    desk.window.chat_page.transcript.link_clicked.emit(1, "citation:2")
    assert [card.number for card in desk.cards() if card.property("selected")] == [2]


def test_a_click_on_a_chip_is_a_click_on_its_citation(desk: Desk, qtbot: QtBot) -> None:
    open_first(desk, qtbot)
    transcript = desk.window.chat_page.transcript
    clicked: list[tuple[int, str]] = []
    transcript.link_clicked.connect(lambda row, link: clicked.append((row, link)))
    row = transcript.visualRect(transcript.model().index(1, 0))
    for y in range(row.top(), row.bottom(), 6):
        for x in range(row.left(), row.right(), 6):
            if transcript._at(QPoint(x, y))[1] == "citation:3":
                QTest.mouseClick(
                    transcript.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(x, y)
                )
                assert clicked == [(1, "citation:3")]
                return
    pytest.fail("no chip was found")


def test_a_sentence_and_the_passage_it_rests_on_point_at_each_other(desk: Desk, qtbot: QtBot) -> None:
    open_first(desk, qtbot)
    qtbot.waitUntil(lambda: len(desk.cards()) == 3)
    transcript = desk.window.chat_page.transcript
    layout = transcript._delegate.layout_of(transcript.model().index(1, 0))
    assert [mark.support.verdict for mark in layout.marks] == ["supported"] * 4 + ["unsupported"]
    mark = next(mark for mark in layout.marks if mark.support.passage == 2)
    top, document = layout.body[mark.block]
    line = document.documentLayout().blockBoundingRect(document.findBlock(mark.start))
    inside = QPoint(layout.left + int(line.x()) + 60, top + int(line.y()) + 8)
    point = transcript.visualRect(transcript.model().index(1, 0)).topLeft() + inside
    QTest.mouseClick(transcript.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, point)
    assert [card.number for card in desk.cards() if card.property("selected")] == [2]
    desk.cards()[2].pointed.emit(3)
    assert transcript._delegate.pointed == (desk.window.chat.sources_of, 3)
    desk.cards()[2].pointed.emit(0)
    assert transcript._delegate.pointed is None


def test_a_link_is_opened_only_when_the_person_agrees(
    desk: Desk, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    shown: list[str] = []
    answers = [QMessageBox.StandardButton.No, QMessageBox.StandardButton.Yes]

    def question(_parent: object, _title: str, text: str) -> QMessageBox.StandardButton:
        shown.append(text)
        return answers.pop(0)

    monkeypatch.setattr(QMessageBox, "question", question)
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toString()))
    open_first(desk, qtbot)
    for link in ("https://example.com/a", "https://example.com/b", "file:///etc/passwd", "javascript:x"):
        desk.window.chat_page.transcript.link_clicked.emit(1, link)
    assert opened == ["https://example.com/b"]
    assert len(shown) == 2
    assert "https://example.com/a" in shown[0]


def test_files_dropped_anywhere_are_added_and_can_be_stopped(desk: Desk, qtbot: QtBot, tmp_path: Path) -> None:
    desk.services.library.hold = True
    files = QMimeData()
    files.setUrls([QUrl.fromLocalFile(str(tmp_path))])
    window, buttons = desk.window, Qt.MouseButton.LeftButton
    enter = QDragEnterEvent(QPoint(9, 9), Qt.DropAction.CopyAction, files, buttons, Qt.KeyboardModifier.NoModifier)
    window.dragEnterEvent(enter)
    assert enter.isAccepted()
    window.dropEvent(
        QDropEvent(QPointF(9, 9), Qt.DropAction.CopyAction, files, buttons, Qt.KeyboardModifier.NoModifier)
    )
    qtbot.waitUntil(lambda: window.library.adding is not None and window.library.adding.total == 12)
    strip = [label.text() for label in window.findChildren(QLabel) if label.isVisible()]
    assert "Indexing 1 of 12 · Employee handbook.pdf" in strip
    stop = next(b for b in window.findChildren(QAbstractButton) if b.accessibleName() == "Stop adding documents")
    stop.click()
    qtbot.waitUntil(lambda: window.library.adding is None)


@pytest.mark.parametrize(
    ("progress", "said"),
    [
        (EmbeddingProgress("preparing", 40, 100), "Found by words already · preparing the search by meaning, once"),
        (EmbeddingProgress("embedding", 12, 50), "Found by words already · by meaning 12 of 50"),
    ],
)
def test_what_is_embedded_behind_is_said(
    desk: Desk, qtbot: QtBot, tmp_path: Path, progress: EmbeddingProgress, said: str
) -> None:
    desk.services.library.hold = True
    desk.services.library.embedding = progress
    desk.window.library.add([tmp_path])
    labels = desk.window.findChildren(QLabel)
    qtbot.waitUntil(lambda: any(label.text() == said for label in labels))
    desk.window.library.stop()
    qtbot.waitUntil(lambda: desk.window.library.adding is None)


def test_the_library_lists_documents_and_why_a_file_is_not_there(desk: Desk, qtbot: QtBot) -> None:
    desk.window.show_page(LIBRARY)
    documents, problems = desk.window.library_page.findChildren(QTableWidget)
    assert documents.rowCount() == 4
    reason = problems.item(0, 1)
    assert reason is not None
    assert "protected with a password" in reason.text()


def test_the_library_says_when_a_document_will_be_forgotten(desk: Desk, qtbot: QtBot) -> None:
    desk.window.show_page(LIBRARY)
    documents = desk.window.library_page.findChildren(QTableWidget)[0]
    last = documents.columnCount() - 1
    assert documents.isColumnHidden(last)
    desk.services.retention.due = [Due("document", "1", "Error budget policy.md", "2026-12-24")]
    desk.window.library.refresh()
    qtbot.waitUntil(lambda: not documents.isColumnHidden(last))
    shown = [item.text() for row in range(4) if (item := documents.item(row, last)) is not None]
    assert shown[1].count("24") == 1
    assert [shown[row] for row in (0, 2, 3)] == ["–"] * 3


def test_a_document_of_the_library_is_asked_about_alone(desk: Desk, qtbot: QtBot) -> None:
    desk.window.show_page(LIBRARY)
    table = desk.window.library_page.findChildren(QTableWidget)[0]
    qtbot.waitUntil(lambda: table.rowCount() > 0)
    table.selectRow(0)
    (ask,) = (b for b in desk.window.library_page.findChildren(QPushButton) if b.text() == "Ask about it")
    ask.click()
    document = desk.window.library.documents[0]
    assert desk.window.chat_page.isVisible()
    assert desk.window.chat_page.composer.search() == Search((document.collection,), (document.id,))


def test_a_check_of_the_documents_shows_what_was_found_and_removes_copies(
    desk: Desk, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QMessageBox, "question", lambda *_: QMessageBox.StandardButton.Yes)
    desk.window.show_page(LIBRARY)
    desk.window.library_page.check_wanted.emit()
    dialog = desk.window.hygiene_dialog
    (table,) = dialog.findChildren(QTableWidget)
    qtbot.waitUntil(lambda: table.rowCount() == 4 and not desk.window.hygiene.is_looking)
    first = table.item(0, 1)
    assert first is not None
    assert "94 %" in first.text()
    opened: list[int] = []
    dialog.opened.connect(opened.append)
    table.itemActivated.emit(table.item(2, 0))
    assert opened == [1]
    (remove,) = (button for button in dialog.findChildren(QPushButton) if button.text() == "Remove copies (1)…")
    remove.click()
    qtbot.waitUntil(lambda: table.rowCount() == 3)
    assert desk.services.hygiene.removed == [2]
    dialog.close()


def test_the_way_to_the_latest_is_there_where_it_is_needed(desk: Desk, qtbot: QtBot) -> None:
    open_first(desk, qtbot)
    transcript = desk.window.chat_page.transcript
    transcript.setFixedHeight(60)  # so that not all of it is seen
    button = next(one for one in transcript.findChildren(QPushButton) if one.objectName() == "latest")
    assert not button.isVisible()
    transcript.verticalScrollBar().setValue(0)
    assert button.isVisible()
    button.click()
    assert transcript.follows
    assert not button.isVisible()


def test_every_control_has_a_name(desk: Desk, qtbot: QtBot) -> None:
    open_first(desk, qtbot)
    kinds = (QAbstractButton, QLineEdit, QPlainTextEdit, QTableWidget)
    controls = [w for kind in kinds for w in desk.window.findChildren(kind) if not w.objectName().startswith("qt_")]
    nameless = [
        control
        for control in controls
        if not control.accessibleName() and not (isinstance(control, QAbstractButton) and control.text())
    ]
    inner = [control for control in nameless if isinstance(control.parentWidget(), QLineEdit | QTableWidget)]
    assert set(nameless) - set(inner) == set()


def test_messages_are_read_out_with_who_wrote_them(desk: Desk, qtbot: QtBot) -> None:
    open_first(desk, qtbot)
    model = desk.window.chat_page.transcript.model()
    spoken = [model.data(model.index(row, 0), Qt.ItemDataRole.AccessibleTextRole) for row in range(2)]
    assert spoken[0].startswith("You")
    assert "Qwen2.5 Coder 1.5B" in spoken[1]
    assert "line manager" in spoken[1]


def test_a_reader_who_has_scrolled_up_is_left_alone(desk: Desk, qtbot: QtBot) -> None:
    desk.services.chat.pieces = ["Line after line.\n\n" * 60]
    desk.services.chat.hold_at = "writing"
    desk.window.chat.ask("Long?")
    bar = desk.window.chat_page.transcript.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 200 and bar.value() == bar.maximum())
    bar.setValue(50)
    transcript = desk.window.chat_page.transcript
    answer = transcript.visualRect(transcript.model().index(1, 0)).top()
    desk.services.chat.hold_at = ""
    qtbot.waitUntil(lambda: not desk.window.chat.busy)
    qtbot.wait(80)
    assert transcript.visualRect(transcript.model().index(1, 0)).top() == answer


def drag(desk: Desk, start: QPoint, end: QPoint) -> None:
    """Press, move and release the mouse on the transcript; points are its viewport's."""
    viewport = desk.window.chat_page.transcript.viewport()
    left, none, no_key = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier
    for kind, point, button, held in (
        (QEvent.Type.MouseButtonPress, start, left, left),
        (QEvent.Type.MouseMove, end, none, left),
        (QEvent.Type.MouseButtonRelease, end, left, none),
    ):
        place = QPointF(viewport.mapToGlobal(point))
        QApplication.sendEvent(viewport, QMouseEvent(kind, QPointF(point), place, button, held, no_key))


def test_text_is_selected_across_messages_and_copied(desk: Desk, qtbot: QtBot) -> None:
    open_first(desk, qtbot)
    transcript = desk.window.chat_page.transcript
    qtbot.wait(50)  # laid out
    size = transcript.viewport().size()
    drag(desk, QPoint(0, 0), QPoint(size.width() - 1, size.height() - 1))
    everything = transcript.selected_text()
    assert everything.startswith(QUESTION)
    answer = desk.window.chat.turns[-1].message.text
    assert answer.split()[0] in everything
    assert "\ufffc" not in everything
    QTest.keyClick(transcript, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QApplication.clipboard().text() == everything

    desk.window.chat.open(None)
    qtbot.waitUntil(lambda: not desk.window.chat.turns)
    assert transcript.selected_text() == ""


def test_in_a_small_window_chats_and_sources_share_the_room(desk: Desk, qtbot: QtBot) -> None:
    page = desk.window.chat_page
    desk.window.appearance.wear(Look("light", text_scale=150))
    desk.window.resize(960, 720)
    open_first(desk, qtbot)
    qtbot.waitUntil(lambda: page.sources.isHidden() and page.conversations.isVisible())
    page.transcript.link_clicked.emit(1, "citation:1")
    assert page.sources.isVisible()
    assert page.conversations.isHidden()
    page.show_chats(True)
    assert page.sources.isHidden()
    desk.window.appearance.wear(Look("light"))
    desk.window.resize(1440, 900)
    qtbot.waitUntil(lambda: page.sources.isVisible() and page.conversations.isVisible())


def test_a_message_is_deleted_by_its_key_until_that_is_undone(desk: Desk, qtbot: QtBot) -> None:
    open_first(desk, qtbot)
    window = desk.window
    before = [turn.message.id for turn in window.chat.turns]
    transcript = window.chat_page.transcript
    transcript.setCurrentIndex(transcript.model().index(1, 0))
    QTest.keyClick(transcript, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: before[1] not in [turn.message.id for turn in window.chat.turns])
    undo = next(button for button in window.notices.findChildren(QPushButton) if button.text() == "Undo")
    undo.click()
    qtbot.waitUntil(lambda: [turn.message.id for turn in window.chat.turns] == before)


def test_a_double_click_selects_a_word(desk: Desk, qtbot: QtBot) -> None:
    open_first(desk, qtbot)
    transcript = desk.window.chat_page.transcript
    qtbot.wait(50)
    rect = transcript.visualRect(transcript.model().index(0, 0))
    layout = transcript.itemDelegate().layout_of(transcript.model().index(0, 0))  # type: ignore[attr-defined]
    top, _ = layout.body[0]
    QTest.mouseDClick(
        transcript.viewport(),
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
        rect.topLeft() + QPoint(layout.left + 4, top + 8),
    )
    assert transcript.selected_text() == QUESTION.split()[0]


def test_the_promise_that_nothing_leaves_is_made_only_where_it_holds(desk: Desk, qtbot: QtBot) -> None:
    labels = desk.window.chat_page.composer.findChildren(QLabel)
    (chip,) = [label for label in labels if label.text() == "stays on this device"]
    assert chip.isVisible()
    desk.window.preferences.change(GATEWAY_URL, "https://llm.example/v1")
    assert not chip.isVisible()
    desk.window.preferences.change(GATEWAY_LOCAL_ONLY, True)
    assert chip.isVisible()
    desk.window.preferences.change(TEAM_URL, "postgresql://anna@library.example/donjon")
    assert not chip.isVisible(), "the team's server is asked, too"


def test_what_is_typed_is_read_ahead_and_given_up_for_what_is_typed_next(desk: Desk, qtbot: QtBot) -> None:
    open_first(desk, qtbot)
    desk.services.chat.hold_at = "reading ahead"
    leaf = desk.window.chat.turns[-1].message.id
    desk.type(qtbot, "And the")
    qtbot.waitUntil(lambda: desk.services.chat.read_ahead == [("And the", "t0", leaf)])
    desk.type(qtbot, " hotel")
    qtbot.waitUntil(lambda: len(desk.services.chat.read_ahead) == 2)
    assert desk.services.chat.read_ahead[-1] == ("And the hotel", "t0", leaf)
    desk.services.chat.hold_at = ""
    QTest.keyClick(desk.window.chat_page.composer.edit, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not desk.window.chat.busy and len(desk.window.chat.turns) > 2)
    qtbot.wait(700)
    assert len(desk.services.chat.read_ahead) == 2, "an empty composer is not read"


def test_a_source_opens_at_its_page_with_its_words_marked(desk: Desk, qtbot: QtBot) -> None:
    desk.window.chat.open("t0")
    qtbot.waitUntil(lambda: bool(desk.cards()))
    show = next(b for b in desk.cards()[0].findChildren(QAbstractButton) if b.text() == "Show in document")
    show.setFocus()
    QTest.keyClick(show, Qt.Key.Key_Space)
    viewer = desk.window.viewer
    qtbot.waitUntil(lambda: viewer.image is not None)
    assert desk.window.viewer_window.isVisible()
    assert (viewer.page, bool(viewer.image and viewer.image.marks)) == (2, True)
    viewer.turn(-1)
    qtbot.waitUntil(lambda: viewer.image is not None and not viewer.image.marks)
    assert viewer.page == 1
    viewer.turn(-1)
    assert viewer.page == 1


def test_where_a_question_would_go_is_said_before_it_is_sent(desk: Desk, qtbot: QtBot) -> None:
    open_first(desk, qtbot)
    composer = desk.window.chat_page.composer
    route = Route("gateway:large", "gateway", "no model is installed on this device")
    held = AppError(ErrorCode.GATEWAY_NOT_ALLOWED, because="it holds restricted data")
    desk.services.chat.destination = Destination("restricted", "restricted", route, "large", "llm.example", held)
    desk.type(qtbot, "And the contract?")
    line = spoken_destination(desk)
    qtbot.waitUntil(lambda: line().startswith("Where the question would go: Would not be sent."))
    qtbot.waitUntil(lambda: desk.services.chat.previewed[-1][0] == "And the contract?")
    assert set(desk.services.chat.previewed[-1][2]) == {"Documents", "Engineering"}
    assert "restricted" in [fact.text() for fact in composer.findChildren(Fact)]
    desk.services.chat.destination = replace(desk.services.chat.destination, refused=None)
    desk.window.preferences.change(GATEWAY_LOCAL_ONLY, True)
    qtbot.waitUntil(lambda: "the gateway llm.example (large), because no model" in line())


def test_the_device_is_named_with_its_reason_and_reached_by_the_keyboard(desk: Desk, qtbot: QtBot) -> None:
    open_first(desk, qtbot)
    device = next(f for f in desk.window.findChildren(Fact) if f.accessibleName().startswith("Where the model"))
    qtbot.waitUntil(lambda: device.text() == "CPU · 2 threads")
    assert device.accessibleName() == "Where the model computes: CPU · 2 threads"
    assert "this build computes on the processor only" in device.accessibleDescription()
    assert device.focusPolicy() == Qt.FocusPolicy.TabFocus


def open_models(desk: Desk, qtbot: QtBot) -> Picker:
    """The list behind the model's name."""
    button = desk.window.chat_page.findChildren(ModelButton)[0]
    qtbot.waitUntil(lambda: desk.window.outlook.seen is not None)
    button.click()
    picker = button.findChildren(Picker)[-1]
    qtbot.waitUntil(picker.isVisible)
    return picker


def test_a_model_is_picked_for_the_questions_that_follow(desk: Desk, qtbot: QtBot) -> None:
    picker = open_models(desk, qtbot)
    (shown,) = picker.findChildren(QListWidget)
    lines = [shown.item(row).text() for row in range(shown.count())]
    assert lines[0] == "On this device"
    assert lines[1].endswith("in memory · chosen")
    assert lines[2] == "At the gateway"
    assert shown.currentRow() == 1, "a head is not chosen"
    QTest.keyClicks(picker.findChildren(QLineEdit)[0], "large")
    QTest.keyClick(picker, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: desk.services.chat.previewed[-1][3] == "gateway:large")
    desk.window.chat.ask("Who answers?")
    qtbot.waitUntil(lambda: desk.services.chat.asked_of == ["gateway:large"])
    qtbot.waitUntil(lambda: not desk.window.chat.busy)


def test_what_a_model_is_good_at_stands_with_it_and_finds_it(desk: Desk, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: desk.window.outlook.seen is not None)
    seen = desk.window.outlook.seen
    assert seen is not None
    assert seen.good_at["mini"] == "", "of all that the catalogue has"
    desk.window.outlook.seen = replace(seen, good_at={MODEL.id: "code and SQL"})
    picker = open_models(desk, qtbot)
    (shown,) = picker.findChildren(QListWidget)
    QTest.keyClicks(picker.findChildren(QLineEdit)[0], "sql")
    assert [shown.item(row).text().splitlines()[1:] for row in range(shown.count())] == [[], ["code and SQL"]]
    picker.close()


@pytest.mark.parametrize(("at_work", "told"), [(False, "Its memory is free"), (True, "It is at work")])
def test_a_model_is_let_out_of_memory(desk: Desk, qtbot: QtBot, at_work: bool, told: str) -> None:
    desk.services.models.at_work = at_work
    picker = open_models(desk, qtbot)
    QTest.keyClicks(picker.findChildren(QLineEdit)[0], "free the memory")
    QTest.keyClick(picker, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: desk.window.notices.accessibleName().startswith(told))
    assert desk.services.models.released is not at_work


def test_from_the_models_that_answer_there_is_a_way_to_all(desk: Desk, qtbot: QtBot) -> None:
    picker = open_models(desk, qtbot)
    QTest.keyClicks(picker.findChildren(QLineEdit)[0], "all models")
    QTest.keyClick(picker, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: desk.window.page == MODELS)


def test_an_answer_that_broke_off_can_be_continued(desk: Desk, qtbot: QtBot) -> None:
    kept = desk.services.chat.kept["t0"]
    kept[-1] = replace(kept[-1], status="failed", text="Yes, but ")
    open_first(desk, qtbot)
    page = desk.window.chat_page
    layout = page.transcript.itemDelegate().layout_of(  # type: ignore[attr-defined]
        page.transcript.model().index(1, 0)
    )
    assert "continue" in layout.actions
    page.transcript.action_clicked.emit(1, "continue")
    qtbot.waitUntil(lambda: desk.window.chat.turns[-1].message.text == "Yes, but Book it.")
    qtbot.waitUntil(lambda: desk.window.chat.turns[-1].message.status == "complete")


def test_an_answer_from_the_best_passages_alone_offers_to_read_all(desk: Desk, qtbot: QtBot) -> None:
    kept = desk.services.chat.kept
    for messages in kept.values():
        messages[-1:] = [replace(messages[-1], asks_for_all=True)]
    open_first(desk, qtbot)
    desk.window.chat_page.transcript.action_clicked.emit(1, "read_all")
    qtbot.waitUntil(lambda: desk.services.chat.read_all == [True])


def test_a_drop_in_the_middle_offers_to_continue(desk: Desk, qtbot: QtBot) -> None:
    desk.services.chat.breaks_off = AppError(ErrorCode.GATEWAY_BROKE_OFF, model="large", reason="the line was cut")
    desk.window.chat.ask("Long?")
    qtbot.waitUntil(lambda: "broke off" in desk.window.notices.text())
    qtbot.waitUntil(lambda: desk.window.chat.turns[-1].can_go_on)
    desk.services.chat.breaks_off = None
    button = next(b for b in desk.window.notices.findChildren(QPushButton) if b.text() == "Continue")
    button.click()
    qtbot.waitUntil(lambda: desk.window.chat.turns[-1].message.text == "Book it.Book it.")


def test_a_model_that_does_not_fit_offers_one_that_does(desk: Desk, qtbot: QtBot) -> None:
    small = InstalledModel("small", "Small", "chat", "", 9, "", "")
    desk.services.models.here.append(small)
    desk.window.models.refresh()
    qtbot.waitUntil(lambda: "small" in desk.window.models.verdicts)
    desk.services.chat.fails = AppError(ErrorCode.MODEL_DOES_NOT_FIT, model=MODEL.name, needed="9 GB", free="5 GB")
    desk.window.chat.ask("Anyone?")
    qtbot.waitUntil(lambda: any(b.text() == "Use Small" for b in desk.window.notices.findChildren(QPushButton)))
    next(b for b in desk.window.notices.findChildren(QPushButton) if b.text() == "Use Small").click()
    qtbot.waitUntil(lambda: desk.services.settings.get(MODEL_CHAT) == "small")


def spoken_destination(desk: Desk) -> Callable[[], str]:
    """What the composer says of the way of a question, as screen readers hear it."""
    found = next(f for f in desk.window.findChildren(Fact) if f.accessibleName().startswith("Where the question"))
    return found.accessibleName
