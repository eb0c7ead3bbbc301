"""The components: what they say, what they send, and that all of them are in the gallery."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QProgressBar, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app.domain.chat import Feedback
from app.domain.errors import AppError, ErrorCode
from app.domain.models import InstalledModel
from app.domain.routing import Destination, Route
from app.ui.gallery import SECTIONS, Gallery
from app.ui.theme import Appearance, Look
from app.ui.widgets.chips import DataClassBadge, RouteChip
from app.ui.widgets.context_meter import ContextMeter
from app.ui.widgets.disclosure import Disclosure
from app.ui.widgets.empty_state import EmptyState, Start
from app.ui.widgets.error_row import ErrorRow
from app.ui.widgets.feedback import ComplaintForm
from app.ui.widgets.flow import FlowLayout
from app.ui.widgets.passage_card import PassageCard, Quotation
from app.ui.widgets.progress_row import ProgressRow, time_left
from app.ui.widgets.rail_verdict import RailNote

MODEL = InstalledModel("large", "Large", "chat", "", 1, "", "MIT")


@pytest.fixture
def appearance(qapp: QApplication) -> Appearance:
    return Appearance(qapp, "light")


@pytest.fixture
def holder(qtbot: QtBot) -> Iterator[QWidget]:
    holder = QWidget()
    qtbot.addWidget(holder)
    yield holder


def button(widget: QWidget, name: str) -> QPushButton:
    return next(one for one in widget.findChildren(QPushButton) if one.accessibleName() == name)


def texts(widget: QWidget) -> list[str]:
    return [label.text() for label in widget.findChildren(QLabel) if not label.isHidden()]


def test_what_an_ai_wrote_says_so_to_eyes_and_ears(holder: QWidget) -> None:
    mark = Disclosure(holder)
    mark.resize(600, 30)
    mark.name("Qwen", "gateway", "stopped")
    assert "AI" in texts(mark)
    assert mark.accessibleName() == "Written by an AI model: Qwen · at the gateway · stopped"


def test_what_is_wrong_with_an_answer_is_said_with_what_would_be_right(holder: QWidget) -> None:
    form, given = ComplaintForm(holder), list[Feedback]()
    form.sent.connect(given.append)
    next(one for one in form.findChildren(QPushButton) if one.text() == "It is wrong").click()
    edit = form.findChildren(QLineEdit)[0]
    QTest.keyClicks(edit, "Fourteen days.")
    QTest.keyClick(edit, Qt.Key.Key_Return)
    assert given == [Feedback(good=False, complaints=("wrong",), correction="Fourteen days.")]
    form.begin()
    assert edit.text() == ""
    button(form, "Send what is wrong with it").click()
    assert given[1] == Feedback(good=False), "all of it may be left out"


def test_a_verdict_can_be_objected_to_once(qtbot: QtBot, holder: QWidget, appearance: Appearance) -> None:
    note = RailNote(appearance, holder)
    note.show_verdict("Left out.", "It speaks to an AI.", blocked=True)
    appeal = button(note, "Say that this verdict is wrong")
    appeal.click()
    assert appeal.isHidden()
    note.findChildren(QLineEdit)[0].setText(" It is a part number. ")
    with qtbot.waitSignal(note.appealed) as heard:
        button(note, "Object to this verdict").click()
    assert heard.args == ["It is a part number."]
    assert "Your objection is noted." in texts(note)
    note.show_verdict("Taken out.", "Nobody can see them.", appeal=False)
    assert appeal.isHidden()
    assert "Your objection is noted." not in texts(note)


def test_progress_has_a_number_a_rest_and_a_stop(qtbot: QtBot, holder: QWidget) -> None:
    row = ProgressRow("Indexing", "Stop indexing", holder)
    row.resize(900, 40)
    row.show_progress("Indexing", 3_000_000_000, 12_000_000_000, 340)
    assert "25 % · 6 min left" in texts(row)
    assert row.findChildren(QProgressBar)[0].value() == 250
    stop = button(row, "Stop indexing")
    with qtbot.waitSignal(row.stopped):
        stop.click()
    assert not stop.isEnabled(), "it is heard once"
    row.show_progress("Looking for files")
    assert stop.isEnabled()
    assert not any("%" in text for text in texts(row))
    assert time_left(0.2) == "1 s left"


def test_a_full_context_says_what_was_left_out(holder: QWidget) -> None:
    meter = ContextMeter(holder)
    meter.show_use(8192, 8192, "6 of 10 passages were left out.")
    [fact] = meter.findChildren(QLabel)
    assert fact.text() == "context 100 %, not all of it read"
    assert fact.toolTip() == "8192 of 8192 tokens are taken. 6 of 10 passages were left out."
    assert fact.property("tone") == "warn"


def test_a_page_with_nothing_on_it_offers_three_starts_at_most(holder: QWidget) -> None:
    begun: list[str] = []
    state = EmptyState("Nothing yet", "Begin.", holder)
    state.offer([Start(name, f"It is {name}.", lambda name=name: begun.append(name)) for name in "abcd"])  # type: ignore[misc]
    starts = state.findChildren(QPushButton)
    assert [start.accessibleName() for start in starts] == ["a", "b", "c"]
    starts[1].click()
    assert begun == ["b"]


def test_an_error_says_what_and_what_to_do_and_does_it(holder: QWidget, appearance: Appearance) -> None:
    done: list[bool] = []
    row = ErrorRow(appearance, holder)
    assert row.isHidden()
    row.show_error(AppError(ErrorCode.UNKNOWN_CONVERSATION), ("Go there", lambda: done.append(True)))
    assert {"That conversation is no longer here.", "Choose another from the list."} <= set(texts(row))
    row.findChildren(QPushButton)[0].click()
    assert done
    assert row.isHidden()


def test_a_passage_from_outside_is_shown_as_it_is(qtbot: QtBot, holder: QWidget, appearance: Appearance) -> None:
    card = PassageCard(Quotation(1, "<b>x</b>.md", "", "a < ", "<img src=x>", " & b"), appearance.theme)
    card.setParent(holder)
    shown = " ".join(texts(card))
    assert "&lt;img src=x&gt;" in shown
    assert all(
        label.textFormat() != Qt.TextFormat.AutoText for label in card.findChildren(QLabel) if "x" in label.text()
    )
    with qtbot.waitSignal(card.opened):
        button(card, "Show source 1 in <b>x</b>.md").click()


def test_chips_wear_the_tone_of_what_they_say(holder: QWidget) -> None:
    badge, route = DataClassBadge(holder), RouteChip(holder)
    badge.show_class("restricted", "A passage is.")
    assert badge.property("tone") == "warn"
    route.show_destination(Destination("internal", "internal", Route("m", "device", "it is the chat model"), "M"))
    assert "on this device" in route.text()
    assert badge.focusPolicy() & Qt.FocusPolicy.TabFocus


def test_chips_go_to_the_next_line_where_there_is_no_room(qtbot: QtBot) -> None:
    box = QWidget()
    qtbot.addWidget(box)
    flow = FlowLayout(spacing=4)
    box.setLayout(flow)
    for _ in range(6):
        flow.addWidget(QPushButton("some words"))
    line = flow.sizeHint()
    assert flow.heightForWidth(line.width()) == line.height()
    assert flow.heightForWidth(line.width() // 2) >= 2 * line.height()


@pytest.mark.parametrize("look", [Look("light"), Look("dark", "high", 200, "compact")], ids=["plain", "large"])
def test_the_gallery_shows_every_component(qtbot: QtBot, appearance: Appearance, look: Look) -> None:
    appearance.wear(look)
    gallery = Gallery(appearance)
    qtbot.addWidget(gallery)
    shown = {type(widget).__name__ for widget in gallery.findChildren(QWidget)}
    folder = Path(__file__).parents[2] / "app" / "ui" / "widgets"
    unseen = {"buttons", "flow", "__init__"}  # parts of the others
    for path in folder.glob("*.py"):
        if path.stem not in unseen:
            module = __import__(f"app.ui.widgets.{path.stem}", fromlist=["*"])
            own = {name for name, thing in vars(module).items() if getattr(thing, "__module__", "") == module.__name__}
            assert own & shown, path.stem
    titles = {label.text() for label in gallery.findChildren(QLabel)}
    assert {title for title, _ in SECTIONS} <= titles
