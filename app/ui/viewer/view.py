"""The viewer's window: a page as it is printed, or the text as it was read, with the cited words highlighted."""

from pathlib import Path

from PySide6.QtCore import QPoint, Qt, QUrl, Signal
from PySide6.QtGui import (
    QColor,
    QDesktopServices,
    QImage,
    QKeySequence,
    QPainter,
    QPixmap,
    QResizeEvent,
    QShortcut,
    QShowEvent,
    QTextCharFormat,
    QTextCursor,
)
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QTextEdit,
    QVBoxLayout,
    QWidget,
)

from app.domain.viewing import PageImage, View, ViewNote
from app.ui.theme import Appearance
from app.ui.translate import tr
from app.ui.viewer.view_model import ViewerViewModel

MARGIN = 24
AROUND = 200_000  # characters of a long text shown before and after the passage


class Viewer(QDialog):
    """One document at a time; it stays open beside the window."""

    failed = Signal(str)

    def __init__(self, viewer: ViewerViewModel, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent, objectName="page")
        self._viewer = viewer
        self._appearance = appearance
        self._name = QLabel(objectName="title", textFormat=Qt.TextFormat.PlainText)
        self._place = QLabel(objectName="small", textFormat=Qt.TextFormat.PlainText)
        self._note = QLabel(objectName="chip", wordWrap=True)
        self._note.setProperty("tone", "warn")
        self._picture = QLabel(alignment=Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        self._picture.setMargin(MARGIN)
        self._scroll = QScrollArea(widgetResizable=True)
        self._scroll.setWidget(self._picture)
        self._text = QPlainTextEdit(readOnly=True, objectName="reading")
        self._text.setAccessibleName(tr("Text of the document"))
        self._text.document().setDocumentMargin(MARGIN)
        self._body = QStackedWidget()
        self._body.addWidget(self._scroll)
        self._body.addWidget(self._text)
        self._back, self._on = self._button("‹", tr("Previous page"), -1), self._button("›", tr("Next page"), 1)
        self._smaller = self._zoom_button("−", tr("Smaller"), -1)
        self._larger = self._zoom_button("+", tr("Larger"), 1)
        column = QVBoxLayout(self, spacing=0)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._top())
        notes = QHBoxLayout()
        notes.setContentsMargins(20, 10, 20, 0)
        notes.addWidget(self._note)
        column.addLayout(notes)
        column.addWidget(self._body, 1)
        self.resize(860, 900)
        viewer.opened.connect(self._open)
        viewer.page_changed.connect(self._show_page)
        appearance.changed.connect(self._dress)
        for keys, by in ((QKeySequence.StandardKey.ZoomIn, 1), (QKeySequence.StandardKey.ZoomOut, -1)):
            QShortcut(keys, self, activated=lambda by=by: viewer.magnify(by))
        for key, by in ((Qt.Key.Key_PageDown, 1), (Qt.Key.Key_PageUp, -1)):
            QShortcut(QKeySequence(key), self._scroll, activated=lambda by=by: viewer.turn(by))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Draw the page as wide as there is room for."""
        super().resizeEvent(event)
        self._fill()

    def showEvent(self, event: QShowEvent) -> None:
        """As above: before this, nothing had its size."""
        super().showEvent(event)
        self._fill()

    def _fill(self) -> None:
        room = self._scroll.width() - self._scroll.verticalScrollBar().sizeHint().width() - 2 * MARGIN
        self._viewer.resize(round(room * self.devicePixelRatioF()))

    def _top(self) -> QWidget:
        open_file = QPushButton(tr("Open file"), objectName="small")
        open_file.clicked.connect(self._open_file)
        top = QWidget(objectName="top")
        top.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        row = QHBoxLayout(top, spacing=8)
        row.setContentsMargins(20, 0, 20, 0)
        row.addWidget(self._name, 1)
        row.addWidget(self._place)
        for button in (self._back, self._on, self._smaller, self._larger):
            row.addWidget(button)
        row.addWidget(open_file)
        return top

    def _button(self, text: str, name: str, by: int) -> QPushButton:
        button = _square(text, name)
        button.clicked.connect(lambda: self._viewer.turn(by))
        return button

    def _zoom_button(self, text: str, name: str, by: int) -> QPushButton:
        button = _square(text, name)
        button.clicked.connect(lambda: self._viewer.magnify(by))
        return button

    def _open(self) -> None:
        view = self._viewer.view
        assert view is not None
        self.setWindowTitle(view.name)
        self._name.setText(view.name)
        self._note.setText(
            _note_text(view.note) if view.text else tr("This document was forgotten, and so were its words.")
        )
        self._note.setVisible(bool(view.note))
        for button in (self._back, self._on, self._smaller, self._larger):
            button.setVisible(bool(view.pages))
        self._place.setText(view.heading)
        if view.pages:
            self._picture.clear()
            self._body.setCurrentWidget(self._scroll)
        else:
            self._show_text(view)
        self.show()
        self.raise_()
        self.activateWindow()

    def _show_page(self) -> None:
        view, image = self._viewer.view, self._viewer.image
        if view is None or image is None:
            return
        self._place.setText(tr("page {n} of {pages}", n=self._viewer.page, pages=view.pages))
        self._back.setEnabled(self._viewer.page > 1)
        self._on.setEnabled(self._viewer.page < view.pages)
        drawn = _marked(image, QColor(self._appearance.theme["highlight"]))
        pixmap = drawn.scaledToWidth(self._viewer.width, Qt.TransformationMode.SmoothTransformation)
        pixmap.setDevicePixelRatio(self.devicePixelRatioF())
        self._picture.setPixmap(pixmap)
        marked = tr("The cited words are highlighted.") if image.marks else ""
        self._picture.setAccessibleName(f"{self._place.text()}. {marked}")
        if image.marks:
            first = image.marks[0]
            ratio = image.width / pixmap.deviceIndependentSize().width()
            at = QPoint(round(first.left / ratio), round(first.top / ratio) + MARGIN)
            self._scroll.ensureVisible(at.x(), at.y(), 80, 160)

    def _show_text(self, view: View) -> None:
        first, last = max(0, view.start - AROUND), min(len(view.text), view.end + AROUND)
        before = _positions(view.text[first : view.start])
        self._text.setPlainText(view.text[first:last])
        cursor = self._text.textCursor()
        cursor.setPosition(before)
        cursor.setPosition(before + _positions(view.text[view.start : view.end]), QTextCursor.MoveMode.KeepAnchor)
        self._highlight(cursor)
        cursor.setPosition(before)
        self._body.setCurrentWidget(self._text)
        self._text.setTextCursor(cursor)
        self._text.centerCursor()

    def _highlight(self, cursor: QTextCursor) -> None:
        selection = QTextEdit.ExtraSelection()
        selection.cursor = cursor
        shown = QTextCharFormat()
        shown.setBackground(QColor(self._appearance.theme["mark"]))
        selection.format = shown
        self._text.setExtraSelections([selection] if cursor.hasSelection() else [])

    def _dress(self) -> None:
        for selection in self._text.extraSelections():
            self._highlight(selection.cursor)
        self._show_page()

    def _open_file(self) -> None:
        view = self._viewer.view
        if view is None:
            return
        path = Path(view.path)
        if not path.exists() or not QDesktopServices.openUrl(QUrl.fromLocalFile(str(path))):
            self.failed.emit(tr("{path} cannot be opened: it was moved or deleted.", path=path))


def _square(text: str, name: str) -> QPushButton:
    button = QPushButton(text)
    button.setObjectName("square")
    button.setAccessibleName(name)
    button.setToolTip(name)
    return button


def _marked(image: PageImage, colour: QColor) -> QPixmap:
    """The page, the marks laid over it as a marker pen would."""
    picture = QImage(image.pixels, image.width, image.height, image.stride, QImage.Format.Format_RGB888).copy()
    painter = QPainter(picture)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Multiply)
    edge = max(2, image.width // 300)
    for mark in image.marks:
        painter.fillRect(mark.left - edge, mark.top, mark.width + 2 * edge, mark.height, colour)
    painter.end()
    return QPixmap.fromImage(picture)


def _positions(text: str) -> int:
    """How many positions of a Qt document a text takes: UTF-16 code units."""
    return len(text.encode("utf-16-le")) // 2


def _note_text(note: ViewNote) -> str:
    return {
        "": "",
        "changed": tr("The document has changed since this answer. The cited words are still in it."),
        "passage_gone": tr("The document has changed since this answer, and the cited words are not in it any more."),
        "removed": tr("This document is not in your library any more. This is the passage as it was."),
        "file_gone": tr("The file was moved or deleted. This is its text as your library has read it."),
    }[note]
