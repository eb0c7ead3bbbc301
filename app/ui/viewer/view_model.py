"""The state of the viewer: which document, which page, how large. No widgets."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from app.domain.chat import Citation
from app.domain.library import Document
from app.domain.viewing import PageImage, View
from app.services.viewing import Viewing
from app.ui.background import Background

OVERSAMPLING = 2  # drawn larger than shown: small letters drawn at their own size lose their shape
ZOOMS = (0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 3.0)  # 1.0: as wide as the window


class ViewerViewModel(QObject):
    """Opens documents and draws their pages in the background."""

    opened = Signal()
    page_changed = Signal()
    failed = Signal(object)

    def __init__(self, viewing: Viewing, background: Background, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._viewing = viewing
        self._background = background
        self._width = 800
        self._asked = 0  # the number of the last request; an answer to an earlier one comes too late
        self.view: View | None = None
        self.page = 0
        self.zoom = 1.0
        self.image: PageImage | None = None

    def open(self, citation: Citation, passage: str) -> None:
        """Open the document that a citation points at."""
        self._start(lambda: self._viewing.open(citation, passage))

    def open_document(self, document: Document) -> None:
        """Open a document at its beginning."""
        self._start(lambda: self._viewing.open_document(document))

    def turn(self, by: int) -> None:
        """Go on or back by pages."""
        if self.view is not None and 1 <= self.page + by <= self.view.pages:
            self.page += by
            self._draw()

    def magnify(self, steps: int) -> None:
        """Show the page larger, or smaller."""
        at = ZOOMS.index(self.zoom) + steps
        if 0 <= at < len(ZOOMS):
            self.zoom = ZOOMS[at]
            self._draw()

    def resize(self, width: int) -> None:
        """There is room for a page as wide as this; pixels of the screen."""
        if abs(width - self._width) > 8:
            self._width = width
            self._draw()

    @property
    def width(self) -> int:
        """How wide the page is to be; pixels of the screen."""
        return max(200, round(self._width * self.zoom))

    def _start(self, opening: Callable[[], View]) -> None:
        self._asked += 1
        asked = self._asked
        self._background.call(opening, lambda view: self._show(asked, view), self.failed.emit)

    def _show(self, asked: int, view: View) -> None:
        if asked != self._asked:
            return
        self.view, self.page, self.image = view, view.page, None
        self.opened.emit()
        self._draw()

    def _draw(self) -> None:
        view = self.view
        if view is None or not view.pages:
            return
        self._asked += 1
        asked, page = self._asked, self.page
        self._background.call(
            lambda: self._viewing.page(view, page, OVERSAMPLING * self.width),
            lambda image: self._take(asked, image),
            self.failed.emit,
        )

    def _take(self, asked: int, image: PageImage) -> None:
        if asked == self._asked:
            self.image = image
            self.page_changed.emit()
