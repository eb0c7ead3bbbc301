"""Rows are measured when they are seen, and what is seen stays where it is."""

import random
from itertools import pairwise

import pytest
from PySide6.QtCore import QAbstractListModel, QModelIndex, QPoint, QStringListModel, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.ui.chat.message_list import Index, MessageList, RowDelegate

HEIGHT = 300


class Rows(RowDelegate):
    """Rows whose estimate is wrong, in both directions."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.seen: list[int] = []
        self.grown: dict[int, int] = {}

    def height(self, index: Index) -> int:
        self.seen.append(index.row())
        return random.Random(index.row()).randint(20, 180) + self.grown.get(index.row(), 0)

    def estimate(self, index: Index, width: int) -> int:
        return 70


class Desk:
    """A list of many rows."""

    def __init__(self, qtbot: QtBot, rows: int = 2000) -> None:
        self.list = MessageList(style="transcript")
        qtbot.addWidget(self.list)
        self.model: QAbstractListModel = QStringListModel([str(row) for row in range(rows)], self.list)
        self.rows = Rows(self.list)
        self.list.resize(400, HEIGHT)
        self.list.show_rows(self.model, self.rows)
        self.list.show()
        qtbot.waitExposed(self.list)

    def index(self, row: int) -> QModelIndex:
        return self.model.index(row, 0)

    def top(self, row: int) -> int:
        return self.list.visualRect(self.index(row)).top()

    def visible(self) -> list[int]:
        view = self.list.viewport().rect()
        return [row for row in range(self.model.rowCount()) if self.list.visualRect(self.index(row)).intersects(view)]


@pytest.fixture
def desk(qtbot: QtBot) -> Desk:
    return Desk(qtbot)


def test_a_long_list_opens_at_its_end_and_measures_little_more_than_is_seen(desk: Desk) -> None:
    assert desk.list.visualRect(desk.index(1999)).bottom() == desk.list.viewport().height() - 1
    assert len(set(desk.rows.seen)) < 40


@pytest.mark.parametrize("seed", range(8))
def test_what_is_seen_stays_while_rows_come_into_view(desk: Desk, seed: int) -> None:
    chance = random.Random(seed)
    bar = desk.list.verticalScrollBar()
    bar.setValue(chance.randint(0, bar.maximum()))
    for _ in range(60):
        by = chance.choice((-90, -24, 24, 60))
        before = {row: desk.top(row) for row in desk.visible() if row in desk.rows.seen}
        at = bar.value()
        bar.setValue(at + by)
        if at + by < 0 or desk.list.follows:
            continue
        after = {row: desk.top(row) for row in desk.visible()}
        still = before.keys() & after.keys()
        assert {row: after[row] - before[row] for row in still} == dict.fromkeys(still, -by)


def test_every_row_that_is_seen_is_measured_and_they_touch(desk: Desk) -> None:
    bar = desk.list.verticalScrollBar()
    for value in (0, 5000, 77_000, bar.maximum() - 400):
        bar.setValue(value)
        rows = desk.visible()
        assert set(rows) <= set(desk.rows.seen)
        rects = [desk.list.visualRect(desk.index(row)) for row in rows]
        assert all(a.bottom() + 1 == b.top() for a, b in pairwise(rects))
        assert rects[0].top() <= 0
        assert rects[-1].bottom() >= desk.list.viewport().height() - 1
        for row, rect in zip(rows[1:-1], rects[1:-1], strict=True):
            assert desk.list.indexAt(rect.center()).row() == row


def test_a_row_that_grows_at_the_end_is_followed(desk: Desk) -> None:
    for step in range(1, 30):
        desk.rows.grown[1999] = step * 17
        desk.list.row_changed(1999)
        assert desk.list.visualRect(desk.index(1999)).bottom() == desk.list.viewport().height() - 1


def test_who_leaves_the_end_is_told_of_the_way_back(desk: Desk) -> None:
    told: list[bool] = []
    desk.list.end_left.connect(told.append)
    desk.list.verticalScrollBar().setValue(10)
    assert told == [True]
    desk.list.go_to_end()
    assert told == [True, False]


def test_a_row_that_grows_below_does_not_move_who_reads_above(desk: Desk) -> None:
    bar = desk.list.verticalScrollBar()
    bar.setValue(bar.maximum() // 2)
    before = {row: desk.top(row) for row in desk.visible()}
    desk.rows.grown[1999] = 500
    desk.list.row_changed(1999)
    assert {row: desk.top(row) for row in desk.visible()} == before


def test_another_width_keeps_the_first_row_that_is_seen(desk: Desk, qtbot: QtBot) -> None:
    bar = desk.list.verticalScrollBar()
    bar.setValue(40_000)
    first = desk.visible()[0]
    top = desk.top(first)
    desk.list.resize(600, HEIGHT)
    qtbot.waitUntil(lambda: desk.list.width() == 600)
    assert desk.top(first) == top


def test_the_keyboard_reaches_every_row(desk: Desk) -> None:
    desk.list.setFocus()
    QTest.keyClick(desk.list, Qt.Key.Key_Home)
    assert desk.list.currentIndex().row() == 0
    assert desk.top(0) == 0
    QTest.keyClick(desk.list, Qt.Key.Key_Down)
    assert desk.list.currentIndex().row() == 1
    QTest.keyClick(desk.list, Qt.Key.Key_End)
    assert desk.list.currentIndex().row() == 1999
    assert 1999 in desk.visible()
    QTest.keyClick(desk.list, Qt.Key.Key_Up)
    assert desk.list.currentIndex().row() == 1998


def test_an_empty_list_has_no_rows_anywhere(qtbot: QtBot) -> None:
    desk = Desk(qtbot, rows=0)
    assert not desk.list.indexAt(QPoint(10, 10)).isValid()
    desk.list.resize(500, 200)
    desk.list.go_to_end()
    assert desk.visible() == []
