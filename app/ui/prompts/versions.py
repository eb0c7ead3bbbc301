"""The versions of a prompt, what differs between them, and the way back."""

from PySide6.QtGui import QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from app.domain.prompt_library import PromptVersion, difference
from app.ui.moments import time_text
from app.ui.prompts.view_model import PromptsViewModel
from app.ui.tables import chosen_rows, fill_row, make_table
from app.ui.theme import Appearance
from app.ui.translate import tr


class PromptVersions(QWidget):
    """All versions, the newest first; below, what the chosen one changed of the one before."""

    def __init__(self, prompts: PromptsViewModel, appearance: Appearance) -> None:
        super().__init__()
        self._prompts = prompts
        self._appearance = appearance
        self._shown: tuple[PromptVersion, ...] = ()
        headers = [tr("Version"), tr("When"), tr("What is different")]
        self._table = make_table(headers, tr("Versions of the prompt"), stretched=2)
        self._table.itemSelectionChanged.connect(self._show)
        self._what = QLabel(objectName="small")
        self._difference = QPlainTextEdit(readOnly=True)
        self._difference.setAccessibleName(tr("What is different"))
        self._difference.setTabChangesFocus(True)
        self._restore = QPushButton(tr("Make it the newest again"))
        self._restore.clicked.connect(lambda: prompts.restore(self._chosen().reference))
        foot = QHBoxLayout(spacing=8)
        foot.addWidget(self._what, 1)
        foot.addWidget(self._restore)
        column = QVBoxLayout(self, spacing=10)
        column.setContentsMargins(0, 12, 0, 0)
        column.addWidget(self._table, 2)
        column.addLayout(foot)
        column.addWidget(self._difference, 3)
        appearance.changed.connect(self._show)

    def refill(self) -> None:
        """Show the versions of the prompt that is looked at."""
        chosen = self._prompts.chosen
        self._shown = tuple(reversed(chosen.versions)) if chosen is not None else ()
        self._table.setRowCount(len(self._shown))
        for row, version in enumerate(self._shown):
            made = version.created_at
            when = time_text(made) if made else "–"
            first = tr("from {prompt}", prompt=version.based_on) if version.based_on else tr("the first")
            note = version.note or (first if row == self._last else "")
            fill_row(self._table, row, (str(version.version), when, note))
        if self._shown:
            self._table.selectRow(0)
        self._show()

    @property
    def _last(self) -> int:
        return len(self._shown) - 1

    def _chosen(self) -> PromptVersion:
        rows = chosen_rows(self._table)
        return self._shown[rows[0] if rows and rows[0] <= self._last else 0]

    def _show(self) -> None:
        if not self._shown:
            self._difference.clear()
            self._restore.setEnabled(False)
            return
        chosen = self._chosen()
        at = self._shown.index(chosen)
        self._restore.setEnabled(at > 0)
        before = self._shown[min(at + 1, self._last)]
        if before is chosen:
            self._what.setText(tr("The oldest version there is."))
        else:
            self._what.setText(tr("Version {new} held against version {old}", new=chosen.version, old=before.version))
        self._write(difference(before, chosen, tr))

    def _write(self, lines: list[str]) -> None:
        """The lines, what came in on one colour and what went on another; the signs say it without colours."""
        theme = self._appearance.theme
        self._difference.clear()
        cursor = QTextCursor(self._difference.document())
        for number, line in enumerate(lines):
            look = QTextCharFormat()
            role = {"+": "good_soft", "-": "bad_soft"}.get(line[0])
            if role is not None:
                look.setBackground(theme.colour(role))
            cursor.insertText(f"{line}\n" if number < len(lines) - 1 else line, look)
        self._difference.moveCursor(QTextCursor.MoveOperation.Start)
