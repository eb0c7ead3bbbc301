"""The judge page: templates and what was judged, the verdicts, the document they rest on."""

from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QDragEnterEvent, QDropEvent, QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QDialog,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QMessageBox,
    QPushButton,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.domain.judge import Template, Version
from app.services.judge import JudgeOptions
from app.services.judge_exports import ExportFormat
from app.ui.fact import ElidedLabel
from app.ui.judge.dialogs import AgainDialog, CompareDialog, CorrectDialog
from app.ui.judge.folder_table import FolderTable
from app.ui.judge.shelf import Shelf
from app.ui.judge.source import SourcePane
from app.ui.judge.start import StartView
from app.ui.judge.template_form import TemplateForm
from app.ui.judge.verdicts import Verdicts
from app.ui.judge.view_model import Compared, JudgeViewModel
from app.ui.theme import Appearance
from app.ui.translate import tr
from app.ui.widgets.progress_row import ProgressRow

NARROW: Final = 78  # letters' sizes across the page, below which the document goes under its verdicts


class JudgePage(QWidget):
    """Judges what is chosen or dropped here."""

    said = Signal(str, str)  # a message and its tone

    def __init__(self, judge: JudgeViewModel, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._judge = judge
        self.setAcceptDrops(True)
        self.start = StartView()
        self.verdicts = Verdicts(appearance)
        self.table = FolderTable()
        self.source = SourcePane(appearance)
        self._dialog: QDialog | None = None
        self._narrow = False
        self._bar = ProgressStrip(judge)
        self._body = QStackedWidget()
        for view in (self.start, self.verdicts, self.table):
            self._body.addWidget(view)
        self._shelf = shelf = Shelf(judge, appearance)
        shelf.template_wanted.connect(self._edit_template)
        self._below = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._below.setSpacing(0)
        self._below.addWidget(self._body, 3)
        self._below.addWidget(self.source, 2)
        right = QVBoxLayout(spacing=0)
        right.addWidget(self._top())
        right.addWidget(self._bar)
        right.addLayout(self._below, 1)
        row = QHBoxLayout(self, spacing=0)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(shelf)
        row.addLayout(right, 1)
        self._connect()
        self._show()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where there is no room for the document beside its verdicts, it is below them."""
        super().resizeEvent(event)
        narrow = self.width() < NARROW * self.fontInfo().pixelSize()
        directions = QBoxLayout.Direction
        self._below.setDirection(directions.TopToBottom if narrow else directions.LeftToRight)
        self.source.set_narrow(narrow)
        self._shelf.set_narrow(narrow)
        self._chip.setVisible(not narrow)
        self._narrow = narrow
        self._enable()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Files may be dropped to be judged."""
        if any(url.isLocalFile() for url in event.mimeData().urls()) and not self._judge.is_busy:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Judge what was dropped."""
        event.acceptProposedAction()
        paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        self._judge.judge(paths, self.start.options())

    def _connect(self) -> None:
        judge = self._judge
        judge.shelf_changed.connect(self._show)
        judge.opened_changed.connect(self._show)
        judge.progressed.connect(self._enable)
        judge.compared.connect(self._show_comparison)
        judge.exported.connect(lambda path: self.said.emit(tr("Written to {path}.", path=path), "good"))
        self.start.files_chosen.connect(judge.judge)
        self.start.document_chosen.connect(judge.judge_document)
        self.verdicts.chosen.connect(self._show_evidence)
        self.verdicts.accepted.connect(judge.accept)
        self.verdicts.correct_wanted.connect(self._correct)
        self.table.opened.connect(judge.open)
        self.table.resume_wanted.connect(lambda retry: judge.resume_table(retry=retry))

    def _top(self) -> QWidget:
        self._title = ElidedLabel("title")
        self._chip = QLabel(objectName="chip", textFormat=Qt.TextFormat.PlainText)
        self._chip.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._up = QPushButton(tr("Back to the table"))
        self._up.clicked.connect(self._go_up)
        self._versions = QPushButton(objectName="versions")
        self._versions.setAccessibleName(tr("Choose a version"))
        self._version_menu = QMenu(self._versions)
        self._versions.setMenu(self._version_menu)
        self._compare = QPushButton(tr("Compare"))
        self._compare.setToolTip(tr("With another version, field by field."))
        self._compare_menu = QMenu(self._compare.text(), self._compare)
        self._compare.setMenu(self._compare_menu)
        self._export = QPushButton(tr("Export"))
        menu = QMenu(self._export.text(), self._export)
        names: tuple[tuple[ExportFormat, str], ...] = (
            ("docx", tr("Word document…")),
            ("md", tr("Markdown…")),
            ("json", tr("JSON…")),
            ("csv", tr("CSV…")),
        )
        for form, name in names:
            menu.addAction(name).triggered.connect(lambda _=False, form=form: self._choose_file(form))
        self._export.setMenu(menu)
        self._remove = QPushButton(tr("Remove…"))
        self._remove.clicked.connect(self._ask_to_remove)
        self._more = QPushButton(tr("More"))
        self._more.setAccessibleName(tr("More to do with this judgement"))
        more = QMenu(self._more)
        removing = QAction(self._remove.text(), more)
        removing.triggered.connect(self._ask_to_remove)
        self._in_more = (more.addMenu(self._compare_menu), more.addMenu(menu), removing)
        more.addAction(removing)
        self._more.setMenu(more)
        self._again = QPushButton(tr("Judge again…"), objectName="primary")
        self._again.clicked.connect(self._ask_again)
        top = QWidget(objectName="top")
        top.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        row = QHBoxLayout(top, spacing=8)
        row.setContentsMargins(24, 0, 20, 0)
        row.addWidget(self._title, 1)
        row.addWidget(self._chip)
        for button in (self._up, self._versions, self._compare, self._export, self._remove, self._more, self._again):
            row.addWidget(button)
        return top

    def _show(self) -> None:
        opened, table, template = self._judge.opened, self._judge.table, self._judge.template
        self.source.setVisible(opened is not None)
        self.start.show_template(template)
        if opened is not None:
            self._title.say(opened.case.name)
            self._chip.setText(opened.version.template.name)
            self._fill_versions(opened.versions, opened.version)
            self.source.show_document(opened.judged)
            self.verdicts.show_opened(opened)
            self._body.setCurrentWidget(self.verdicts)
        elif table is not None:
            self._title.say(Path(table.batch.folder).name)
            self._chip.setText(table.batch.template)
            self.table.show_table(table, busy=self._judge.is_busy)
            self._body.setCurrentWidget(self.table)
        else:
            self._title.say(template.name if template is not None else tr("Judge"))
            self._chip.setText(tr("Template {n}", n=template.version) if template is not None else "")
            self._body.setCurrentWidget(self.start)
        self._enable()

    def _enable(self) -> None:
        opened, table, busy = self._judge.opened, self._judge.table, self._judge.is_busy
        self._up.setVisible(opened is not None and opened.case.batch_id is not None)
        self._versions.setVisible(opened is not None)
        self._again.setVisible(opened is not None)
        self._again.setEnabled(not busy)
        self._offer(
            opened is not None and len(opened.versions) > 1,
            opened is not None or (table is not None and bool(table.judgements)),
            opened is not None or table is not None,
        )
        for removing in (self._remove, self._in_more[-1]):
            removing.setEnabled(not busy)
        self.start.setEnabled(not busy)

    def _offer(self, *wanted: bool) -> None:
        """Offer to compare, to export and to remove: side by side, or where there is no room in one menu."""
        for button, action, is_wanted in zip(
            (self._compare, self._export, self._remove), self._in_more, wanted, strict=True
        ):
            button.setVisible(is_wanted and not self._narrow)
            action.setVisible(is_wanted)
        self._more.setVisible(self._narrow and any(wanted))

    def _fill_versions(self, versions: tuple[Version, ...], shown: Version) -> None:
        self._versions.setText(tr("version {n} of {count}", n=shown.number, count=len(versions)))
        self._version_menu.clear()
        self._compare_menu.clear()
        for version in reversed(versions):
            text = tr("Version {n} · {instruction}", n=version.number, instruction=version.instruction[:60])
            name = text if version.instruction else tr("Version {n}", n=version.number)
            number = version.number
            chosen = self._version_menu.addAction(name)
            chosen.triggered.connect(lambda _=False, number=number: self._open_version(number))
            if version.number != shown.number:
                other = self._compare_menu.addAction(tr("With version {n}", n=version.number))
                other.triggered.connect(lambda _=False, number=number: self._judge.compare(number))

    def _open_version(self, number: int) -> None:
        if self._judge.opened is not None:
            self._judge.open(self._judge.opened.case.id, number)

    def _go_up(self) -> None:
        opened = self._judge.opened
        if opened is not None and opened.case.batch_id is not None:
            self._judge.open_table(opened.case.batch_id)

    def _show_evidence(self, key: str) -> None:
        opened = self._judge.opened
        if opened is not None and key:
            name = opened.version.template.field(key).name
            self.source.show_quotes(name, opened.version.verdict(key).evidence)

    def _correct(self, key: str) -> None:
        opened = self._judge.opened
        if opened is None:
            return
        review = opened.reviews.get(key)
        value = review.value if review is not None else opened.version.verdict(key).value
        dialog = CorrectDialog(opened.version.template.field(key), value, self)
        dialog.corrected.connect(self._judge.correct)
        self._open_dialog(dialog)

    def _ask_again(self) -> None:
        opened = self._judge.opened
        if opened is not None:
            dialog = AgainDialog(opened.version.runs, self)
            dialog.wanted.connect(self._judge_again)
            self._open_dialog(dialog)

    def _judge_again(self, options: JudgeOptions) -> None:
        self._judge.judge_again(options)

    def _show_comparison(self, compared: Compared) -> None:
        self._open_dialog(CompareDialog(compared, self))

    def _edit_template(self, template: Template | None) -> None:
        form = TemplateForm(template, self)
        form.kept.connect(self._judge.keep_template)
        self._open_dialog(form)

    def _open_dialog(self, dialog: QDialog) -> None:
        self._dialog = dialog
        dialog.open()

    def _choose_file(self, form: ExportFormat) -> None:
        suggested = f"{Path(self._title.accessibleName()).stem}.{form}"
        name, _ = QFileDialog.getSaveFileName(self, tr("Export"), suggested, filter=f"*.{form}")
        if name:
            self._judge.export(Path(name), form)

    def _ask_to_remove(self) -> None:
        question = tr("Remove the judgement of “{name}” with all of its versions?", name=self._title.accessibleName())
        if QMessageBox.question(self, tr("Remove judgement"), question) == QMessageBox.StandardButton.Yes:
            self._judge.remove()


class ProgressStrip(QFrame):
    """What is being judged, how far it is, and a way to stop it."""

    def __init__(self, judge: JudgeViewModel) -> None:
        super().__init__(objectName="strip")
        self._judge = judge
        self._row = ProgressRow(tr("Progress of the judgement"), tr("Stop judging"))
        self._row.stopped.connect(judge.stop)
        around = QHBoxLayout(self)
        around.setContentsMargins(24, 8, 20, 8)
        around.addWidget(self._row)
        judge.progressed.connect(self._update)
        self.hide()

    def _update(self) -> None:
        progress = self._judge.progress
        self.setVisible(progress is not None)
        if progress is None:
            return
        parts = [progress.name] if progress.name else []
        if progress.total:
            parts.append(tr("{done} of {total} files", done=progress.done, total=progress.total))
        if progress.parts:
            parts.append(tr("reading part {n} of {count}", n=progress.part, count=progress.parts))
        else:
            parts.append(tr("starting"))
        done = progress.done + progress.share
        self._row.show_progress(" · ".join(parts), done, progress.total or 1, progress.left_s or None)
