"""The judge page as a person uses it: real services and stores, and a model that finds what is written for it."""

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QLineEdit,
    QListWidget,
    QPlainTextEdit,
    QPushButton,
    QTableWidget,
    QWidget,
)
from pytestqt.qtbot import QtBot

from app.domain.judge import Template
from app.services.judge import JudgeOptions
from app.services.judge_exports import FORMATS
from app.ui.judge.dialogs import AgainDialog, CompareDialog, CorrectDialog
from app.ui.judge.template_form import FieldEditor, TemplateForm
from app.ui.judge.verdicts import FieldRow
from app.ui.rail import JUDGE
from app.ui.theme import Appearance
from app.ui.window import Window
from tests.fakes.judge import REPORT, JudgeFakes, ScriptedJudging
from tests.fakes.services import FakeServices, furnished


@pytest.fixture
def services() -> FakeServices:
    return furnished()


@pytest.fixture
def fakes(services: FakeServices) -> JudgeFakes:
    return services.judgements


@pytest.fixture
def window(qtbot: QtBot, qapp: QApplication, services: FakeServices) -> Iterator[Window]:
    window = Window(services, Appearance(qapp, "light"))  # type: ignore[arg-type]
    qtbot.addWidget(window)
    window.show()
    window.load()
    window.show_page(JUDGE)
    qtbot.waitUntil(lambda: window.judge.template is not None)
    window.judge.choose_template("incident")
    yield window
    scripted(services.judgements).hold = False
    window.close()


@pytest.fixture
def opened(qtbot: QtBot, window: Window, fakes: JudgeFakes) -> Window:
    window.judge.judge([fakes.file()], JudgeOptions())
    qtbot.waitUntil(lambda: window.judge.opened is not None and not window.judge.is_busy)
    return window


def scripted(fakes: JudgeFakes) -> ScriptedJudging:
    assert isinstance(fakes.judging, ScriptedJudging)
    return fakes.judging


def button(parent: QWidget, name: str) -> QPushButton:
    found = (b for b in parent.findChildren(QPushButton) if name in (b.text(), b.accessibleName()))
    return next(b for b in found if b.isVisibleTo(parent))


def row(window: Window, key: str) -> FieldRow:
    return next(row for row in window.judge_page.verdicts.rows() if row.key == key)


def is_said(window: Window, key: str, text: str) -> bool:
    return text in row(window, key).accessibleName()


def test_a_dropped_file_is_judged_and_its_quotes_are_highlighted(
    qtbot: QtBot, window: Window, fakes: JudgeFakes
) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(fakes.file()))])
    drop = QDropEvent(
        QPointF(400, 400),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    window.judge_page.dropEvent(drop)
    qtbot.waitUntil(lambda: window.judge.opened is not None)
    assert len(window.judge_page.verdicts.rows()) == 9
    QTest.mouseClick(row(window, "impact"), Qt.MouseButton.LeftButton)
    assert window.judge_page.source.highlighted() == [
        "Roughly one in nine checkout attempts (11 %) failed",
        "after 47 minutes of impact",
    ]
    button(row(window, "started"), "1 quote").click()
    assert window.judge_page.source.highlighted() == ["On 4 November 2026"]


def test_quotes_are_at_their_place_behind_characters_that_qt_counts_twice(
    qtbot: QtBot, window: Window, fakes: JudgeFakes
) -> None:
    window.judge.judge([fakes.file("smile.txt", f"😀😀 {REPORT}")], JudgeOptions())
    qtbot.waitUntil(lambda: window.judge.opened is not None)
    window.judge_page.verdicts.choose("duration")
    assert window.judge_page.source.highlighted() == ["after 47 minutes of impact"]


def test_a_field_without_a_quote_says_so(opened: Window) -> None:
    assert row(opened, "data_lost").accessibleName() == "Data lost: No. no evidence"
    opened.judge_page.verdicts.choose("data_lost")
    assert opened.judge_page.source.highlighted() == []


def test_rows_and_their_buttons_are_reached_by_the_keyboard(qtbot: QtBot, opened: Window) -> None:
    chosen = row(opened, "root_cause")
    chosen.setFocus()
    QTest.keyClick(chosen, Qt.Key.Key_Return)
    assert opened.judge_page.source.highlighted() == ["a connection pool limit was lowered in release 4.18"]
    for control in opened.judge_page.findChildren(QAbstractButton):
        if control.isVisible() and control.focusPolicy() != Qt.FocusPolicy.NoFocus:
            assert control.accessibleName() or control.text(), control
    assert all(one.focusPolicy() & Qt.FocusPolicy.TabFocus for one in opened.judge_page.verdicts.rows())


def test_a_verdict_is_accepted_and_another_corrected(qtbot: QtBot, opened: Window, fakes: JudgeFakes) -> None:
    button(row(opened, "duration"), "Accept Duration").click()
    qtbot.waitUntil(lambda: len(fakes.judge.reviews()) == 1)
    button(row(opened, "severity"), "Correct Severity…").click()
    dialog = opened.findChildren(CorrectDialog)[0]
    dialog.findChildren(QComboBox)[0].setCurrentText("critical")
    button(dialog, "Correct").click()
    qtbot.waitUntil(lambda: "critical" in row(opened, "severity").accessibleName())
    assert {review.kind for review in fakes.judge.reviews()} == {"accepted", "corrected"}


def test_a_correction_fits_its_field(qtbot: QtBot, opened: Window) -> None:
    for key, typed, wrong in (("started", "2026-11-05", "soon"), ("duration", "48.5", "long"), ("impact", "None.", "")):
        opened.judge_page.verdicts.correct_wanted.emit(key)
        dialog = opened.findChildren(CorrectDialog)[-1]
        if wrong:
            line = dialog.findChildren(QLineEdit)[0]
            line.setText(wrong)
            button(dialog, "Correct").click()
            assert dialog.isVisible()
            line.setText(typed)
        else:
            dialog.findChildren(QPlainTextEdit)[0].setPlainText(typed)
        button(dialog, "Correct").click()
        qtbot.waitUntil(partial(is_said, opened, key, typed))


def test_it_is_judged_again_and_the_versions_compared(qtbot: QtBot, opened: Window) -> None:
    button(opened.judge_page, "Judge again…").click()
    dialog = opened.findChildren(AgainDialog)[0]
    dialog.findChildren(QPlainTextEdit)[0].setPlainText("call it minor")
    button(dialog, "Judge").click()
    qtbot.waitUntil(lambda: opened.judge.opened is not None and opened.judge.opened.version.number == 2)
    opened.judge.compare(1)
    compared = opened.findChildren(CompareDialog)[0]
    assert compared.windowTitle() == "Version 1 and version 2"
    compared.accept()
    opened.judge.open(opened.judge.shelf.cases[0].id, 1)
    qtbot.waitUntil(lambda: opened.judge.opened is not None and opened.judge.opened.version.number == 1)
    assert "major" in row(opened, "severity").accessibleName()


def test_what_is_shown_is_exported(qtbot: QtBot, opened: Window, tmp_path: Path) -> None:
    for form in FORMATS:
        with qtbot.waitSignal(opened.judge.exported):
            opened.judge.export(tmp_path / f"a.{form}", form)
        assert (tmp_path / f"a.{form}").stat().st_size > 500
    assert json.loads((tmp_path / "a.json").read_text("utf-8"))["fields"]["severity"]["value"] == "major"
    with qtbot.waitSignal(opened.judge.failed):
        opened.judge.export(tmp_path / "none" / "a.md", "md")


def test_a_judgement_on_its_way_is_shown_and_stopped(qtbot: QtBot, window: Window, fakes: JudgeFakes) -> None:
    scripted(fakes).hold = True
    window.judge.judge([fakes.file()], JudgeOptions())
    qtbot.waitUntil(lambda: window.judge.progress is not None and window.judge.progress.parts == 2)
    button(window.judge_page, "Stop judging").click()
    qtbot.waitUntil(lambda: not window.judge.is_busy)
    assert window.judge.opened is None
    assert fakes.judge.cases() == []


def test_a_folder_is_a_table_and_a_row_of_it_a_judgement(qtbot: QtBot, window: Window, fakes: JudgeFakes) -> None:
    folder = fakes.file("a.txt").parent
    fakes.file("bad.txt")
    window.judge.judge([folder], JudgeOptions())
    qtbot.waitUntil(lambda: window.judge.table is not None and not window.judge.is_busy)
    qtbot.waitUntil(lambda: window.judge.table is not None and window.judge.table.batch.count("waiting") == 0)
    table = next(t for t in window.judge_page.findChildren(QTableWidget) if t.accessibleName() == "Judged files")
    bad, first = table.item(1, 1), table.item(0, 0)
    assert bad is not None
    assert first is not None
    assert "bad.txt" in bad.text()
    table.itemActivated.emit(first)
    qtbot.waitUntil(lambda: window.judge.opened is not None)
    button(window.judge_page, "Back to the table").click()
    qtbot.waitUntil(lambda: window.judge.table is not None)


def test_a_file_that_cannot_be_read_is_said(qtbot: QtBot, window: Window, fakes: JudgeFakes) -> None:
    with qtbot.waitSignal(window.judge.failed):
        window.judge.judge([fakes.file("bad.txt")], JudgeOptions())
    assert window.notices.isVisible()
    assert not window.judge.is_busy


def test_a_template_is_made_with_the_form(qtbot: QtBot, window: Window, fakes: JudgeFakes) -> None:
    button(window.judge_page, "New template").click()
    form = window.findChildren(TemplateForm)[0]
    assert not button(form, "Keep template").isEnabled()  # it has no name yet
    for hint, text in (("Name of the template", "Offer"), ("What kind of document it is for", "an offer")):
        next(e for e in form.findChildren(QLineEdit) if e.accessibleName().startswith(hint)).setText(text)
    button(form, "Add a field").click()
    editor = form.findChildren(FieldEditor)[-1]
    for hint, text in (("Name of the field", "Fit"), ("What it asks", "Whether it fits."), ("Choices", "yes, no")):
        next(e for e in editor.findChildren(QLineEdit) if e.accessibleName().startswith(hint)).setText(text)
    editor.findChildren(QComboBox)[0].setCurrentText("Choice")
    assert 'choices = ["yes", "no"]' in form.findChildren(QPlainTextEdit)[0].toPlainText()
    button(form, "Keep template").click()
    qtbot.waitUntil(lambda: window.judge.template is not None and window.judge.template.name == "Offer")
    kept = fakes.judge.template("offer")
    assert isinstance(kept, Template)
    assert [field.key for field in kept.fields] == ["summary", "fit"]
    names = window.judge_page.findChildren(QListWidget)[0]
    assert any(names.item(n).text() == "Offer" for n in range(names.count()))
