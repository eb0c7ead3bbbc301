"""A picture that is pasted into the question becomes the text in it."""

import threading
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QMimeData, QObject, Qt
from PySide6.QtGui import QColor, QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QToolButton
from pytestqt.qtbot import QtBot

from app.domain.cancel import Cancel
from app.domain.errors import AppError, ErrorCode
from app.ui.background import Background
from app.ui.chat.composer import Composer
from app.ui.chat.pasted_pictures import PastedPictures
from app.ui.theme import Appearance
from tests.fakes.showing import IN_PICTURE, ScriptedReader, scripted_showing


class SlowReader(ScriptedReader):
    """Reads until it is stopped."""

    def __init__(self) -> None:
        super().__init__()
        self.stopped = threading.Event()

    def read_picture(self, picture: bytes, cancel: Cancel) -> str:
        """As `PictureReader.read_picture`."""
        cancel.wait(10)
        self.stopped.set()
        cancel.check()
        return super().read_picture(picture, cancel)


class Desk:
    """A composer into which pictures are pasted."""

    def __init__(self, appearance: Appearance) -> None:
        self.host = QObject()
        self.background = Background(self.host)
        self.composer = Composer(appearance)
        self.asked: list[str] = []
        self.failed: list[Exception] = []
        self.composer.asked.connect(self.asked.append)

    def read_by(self, reader: ScriptedReader) -> None:
        """Let this one read the pictures."""
        pictures = PastedPictures(scripted_showing(reader), self.composer, self.background, self.host)
        pictures.failed.connect(self.failed.append)

    def paste(self) -> None:
        """As after a shot of the screen."""
        picture = QImage(64, 32, QImage.Format.Format_RGB32)
        picture.fill(QColor("white"))
        QGuiApplication.clipboard().setImage(picture)
        self.composer.edit.paste()

    def chips(self) -> list[str]:
        """What is attached."""
        found = self.composer.findChildren(QPushButton, "chip")
        return [chip.text() for chip in found if "picture" in chip.text() and not chip.isHidden() and chip.parent()]


@pytest.fixture
def desk(qapp: QApplication, qtbot: QtBot) -> Iterator[Desk]:
    desk = Desk(Appearance(qapp, "light"))
    qtbot.addWidget(desk.composer)
    yield desk
    desk.background.close()
    QGuiApplication.clipboard().clear()


def test_its_text_is_sent_along_and_the_picture_stays_a_picture_nobody_keeps(desk: Desk, qtbot: QtBot) -> None:
    reader = ScriptedReader()
    desk.read_by(reader)
    desk.composer.edit.setPlainText("What does this mean?")
    desk.paste()
    assert desk.composer.edit.toPlainText() == "What does this mean?"
    qtbot.waitUntil(lambda: "Text of a picture · 2 lines" in desk.chips())
    desk.composer.send.click()
    assert desk.asked == [f"What does this mean?\n\nText of a picture:\n{IN_PICTURE}"]
    (picture,) = reader.pictures
    assert QImage.fromData(picture).size().toTuple() == (64, 32)


def test_nothing_is_sent_while_it_is_read_and_taking_the_chip_away_stops_that(desk: Desk, qtbot: QtBot) -> None:
    reader = SlowReader()
    desk.read_by(reader)
    desk.composer.edit.setPlainText("What does this mean?")
    desk.paste()
    assert desk.chips() == ["Reading the picture…"]
    QTest.keyClick(desk.composer.edit, Qt.Key.Key_Return)
    assert desk.asked == []
    remove = next(b for b in desk.composer.findChildren(QToolButton) if "Reading" in b.accessibleName())
    remove.click()
    qtbot.waitUntil(reader.stopped.is_set)
    QTest.keyClick(desk.composer.edit, Qt.Key.Key_Return)
    assert desk.asked == ["What does this mean?"]
    qtbot.waitUntil(lambda: not desk.background.running())
    assert (desk.failed, reader.pictures) == ([], [])


def test_a_picture_without_text_is_told_and_the_question_stays(desk: Desk, qtbot: QtBot) -> None:
    desk.read_by(ScriptedReader(None))
    desk.composer.edit.setPlainText("And this?")
    desk.paste()
    qtbot.waitUntil(lambda: bool(desk.failed))
    (error,) = desk.failed
    assert isinstance(error, AppError)
    assert error.code is ErrorCode.PARSE_NO_TEXT
    assert desk.composer.edit.toPlainText() == "And this?"
    assert desk.composer.send.isEnabled()


def test_text_beside_a_picture_is_what_was_meant(desk: Desk) -> None:
    reader = ScriptedReader()
    desk.read_by(reader)
    both = QMimeData()
    both.setText("a cell")
    both.setImageData(QImage(8, 8, QImage.Format.Format_RGB32))
    QGuiApplication.clipboard().setMimeData(both)
    desk.composer.edit.paste()
    assert (desk.composer.edit.toPlainText(), reader.pictures) == ("a cell", [])
