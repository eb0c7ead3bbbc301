"""A picture that is pasted into the question becomes the text in it; no model here looks at pictures."""

from collections.abc import Iterator

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from app.domain.cancel import Cancel
from app.services.showing import Showing
from app.ui.background import Background, Task
from app.ui.chat.composer import Composer
from app.ui.pictures import as_png
from app.ui.translate import tr


class PastedPictures(QObject):
    """Has one picture read at a time; another one, or taking its chip away, stops that."""

    failed = Signal(object)

    def __init__(self, showing: Showing, composer: Composer, background: Background, parent: QObject) -> None:
        super().__init__(parent)
        self._showing = showing
        self._composer = composer
        self._background = background
        self._task: Task | None = None
        self._pictures = 0
        composer.picture_pasted.connect(self._read)

    def _read(self, picture: QImage) -> None:
        self._stop()
        self._pictures += 1

        def job(cancel: Cancel) -> Iterator[str]:
            yield self._showing.open_picture("", as_png(picture), cancel).text

        def take(texts: list[str]) -> None:
            self._composer.attach_text(f"{tr('Text of a picture:')}\n{texts[-1]}", tr("Text of a picture"))

        number = self._pictures
        self._task = self._background.run(
            f"pasted picture {number}",
            job,
            on_events=lambda texts: take(texts) if number == self._pictures else None,
            on_done=lambda: self._end(number),
            on_failed=lambda error: self._fail(number, error),
        )
        self._composer.wait_for_picture(self._stop)

    def _stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            self._end(self._pictures)
            self._pictures += 1  # what the one before still tells is not listened to

    def _end(self, number: int) -> None:
        if number == self._pictures:
            self._task = None
            self._composer.wait_for_picture(None)

    def _fail(self, number: int, error: Exception) -> None:
        if number == self._pictures:
            self._end(number)
            self.failed.emit(error)
