"""The document beside its verdicts: its text as it was read, with the quotes of a field highlighted."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPlainTextEdit, QPushButton, QTextEdit, QVBoxLayout, QWidget

from app.domain.judge import Evidence, Judged
from app.ui.fact import ElidedLabel
from app.ui.judge.texts import page_text
from app.ui.theme import Appearance
from app.ui.translate import tr


class SourcePane(QFrame):
    """Shows where a verdict stands in the document."""

    def __init__(self, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent, objectName="sources")
        self._appearance = appearance
        self._judged: Judged | None = None
        self._quotes: Sequence[Evidence] = ()
        self._at = 0
        self.setAccessibleName(tr("Source"))
        self._name = ElidedLabel("section")
        self._page = QLabel(objectName="chip")
        self._place = QLabel(objectName="small")
        self._back = self._turner("‹", tr("Previous quote"), -1)
        self._on = self._turner("›", tr("Next quote"), 1)
        self._text = QPlainTextEdit(readOnly=True, objectName="reading")
        self._text.setAccessibleName(tr("Text of the document"))
        self._text.document().setDocumentMargin(14)
        note = QLabel(
            tr("Quotes are checked word for word against the document. A field without one says so."),
            objectName="small",
            wordWrap=True,
        )
        top = QHBoxLayout(spacing=8)
        top.addWidget(self._name, 1)
        top.addWidget(self._page)
        turn = QHBoxLayout(spacing=6)
        turn.addWidget(self._place, 1)
        turn.addWidget(self._back)
        turn.addWidget(self._on)
        card = QFrame(objectName="card")
        inside = QVBoxLayout(card)
        inside.setContentsMargins(2, 6, 2, 6)
        inside.addWidget(self._text)
        column = QVBoxLayout(self, spacing=10)
        column.setContentsMargins(16, 14, 16, 14)
        column.addLayout(top)
        column.addLayout(turn)
        column.addWidget(card, 1)
        column.addWidget(note)
        appearance.changed.connect(self._highlight)

    def show_document(self, judged: Judged) -> None:
        """Show a document, nothing highlighted; one that is shown already stays where it is."""
        if judged != self._judged:
            self._judged = judged
            self._name.say(judged.name)
            self._text.setPlainText(judged.text)
        self.show_quotes("", ())

    def show_quotes(self, field: str, quotes: Sequence[Evidence]) -> None:
        """Highlight the quotes of a field, and go to the first."""
        self._quotes, self._at = quotes, 0
        self._field = field
        self._highlight()
        self._go(0)

    def set_narrow(self, narrow: bool) -> None:
        """Take the width of the page, or that of a pane beside it."""
        if self.property("narrow") != narrow:
            self.setProperty("narrow", narrow)
            self.style().unpolish(self)
            self.style().polish(self)

    def highlighted(self) -> list[str]:
        """The words that are highlighted."""
        return [selection.cursor.selectedText() for selection in self._text.extraSelections()]

    def _go(self, by: int) -> None:
        count = len(self._quotes)
        for button in (self._back, self._on):
            button.setVisible(count > 1)
        self._page.hide()
        if not count:
            self._place.setText(tr("{field}: no evidence", field=self._field) if self._field else "")
            return
        self._at = (self._at + by) % count
        quote = self._quotes[self._at]
        self._place.setText(tr("{field}: quote {n} of {count}", field=self._field, n=self._at + 1, count=count))
        if self._judged is not None:
            where = page_text(self._judged.unit, quote.page, self._judged.pages, self._judged.labels)
            self._page.setText(where)
            self._page.setVisible(bool(where))
        cursor = self._cursor(quote)
        cursor.setPosition(cursor.selectionStart())
        self._text.setTextCursor(cursor)
        self._text.centerCursor()

    def _highlight(self) -> None:
        selections = []
        for quote in self._quotes:
            selection = QTextEdit.ExtraSelection()
            selection.cursor = self._cursor(quote)
            shown = QTextCharFormat()
            shown.setBackground(QColor(self._appearance.theme["mark"]))
            selection.format = shown
            selections.append(selection)
        self._text.setExtraSelections(selections)

    def _cursor(self, quote: Evidence) -> QTextCursor:
        text = self._judged.text if self._judged is not None else ""
        cursor: QTextCursor = self._text.textCursor()
        start = _positions(text[: quote.start])
        cursor.setPosition(start)
        cursor.setPosition(start + _positions(text[quote.start : quote.end]), QTextCursor.MoveMode.KeepAnchor)
        return cursor

    def _turner(self, text: str, name: str, by: int) -> QPushButton:
        button: QPushButton = QPushButton(text, objectName="square", toolTip=name)
        button.setAccessibleName(name)
        button.clicked.connect(lambda: self._go(by))
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        return button


def _positions(text: str) -> int:
    """How many positions of a Qt document a text takes: UTF-16 code units."""
    return len(text.encode("utf-16-le")) // 2
