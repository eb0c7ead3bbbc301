"""Four steps from the first start to an answer: what stays here, this computer, a model, a first question."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.domain.fit import Machine
from app.domain.fit_texts import LABELS, size_text
from app.domain.models import CatalogueEntry
from app.ui.first_run.view_model import FirstRunViewModel
from app.ui.translate import tr
from app.ui.widgets.progress_row import ProgressRow


class FirstRun(QDialog):
    """Leads through the steps; each can be skipped, and nothing is asked that has an answer already."""

    ended = Signal(bool)  # whether the sample documents are to be asked

    def __init__(self, first_run: FirstRunViewModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Welcome to Donjon"))
        self._first_run = first_run
        self._machine = QLabel(tr("Looking at this computer…"), wordWrap=True)
        self._models = ModelStep(first_run)
        self._steps = QStackedWidget()
        for page in (self._notice(), self._computer(), self._models, self._question()):
            self._steps.addWidget(page)
        self._at = QLabel(objectName="small")
        self._back = QPushButton(tr("Back"))
        self._back.clicked.connect(lambda: self._go(-1))
        self._next = QPushButton(objectName="primary", default=True)
        self._next.clicked.connect(lambda: self._go(1))
        skip = QPushButton(tr("Skip this"), autoDefault=False)
        skip.setToolTip(tr("Ctrl+K finds the welcome again."))
        skip.clicked.connect(self.reject)
        foot = QHBoxLayout(spacing=8)
        foot.addWidget(self._at, 1)
        for button in (skip, self._back, self._next):
            foot.addWidget(button)
        column = QVBoxLayout(self, spacing=16)
        column.setContentsMargins(28, 24, 28, 20)
        column.addWidget(self._steps, 1)
        column.addLayout(foot)
        first_run.machine_known.connect(self._tell_machine)
        self.resize(620, 460)
        self._show(0)

    def open(self) -> None:
        """Show the first step, and find out meanwhile what the others say."""
        self._show(0)
        self._first_run.look()
        super().open()
        self._next.setFocus()

    def reject(self) -> None:
        """What was not done now can be done later."""
        self._first_run.finish()
        super().reject()
        self.ended.emit(False)

    def _notice(self) -> QWidget:
        return _step(
            tr("Answers from your own documents, on your own computer"),
            tr("Your questions, your documents and the answers stay on this computer."),
            tr("Nothing leaves it unless you, or your company, set up a gateway; then it is said before it happens."),
            tr("Answers are written by an AI model. It can be wrong: every answer shows what it rests on. Check that."),
            tr("No account is needed."),
        )

    def _computer(self) -> QWidget:
        page = _step(tr("This computer"))
        layout = page.layout()
        assert isinstance(layout, QVBoxLayout)
        layout.insertWidget(1, self._machine)
        return page

    def _question(self) -> QWidget:
        return _step(
            tr("A first question"),
            tr("Four short documents of a company that does not exist are added, and a question is proposed."),
            tr("Press Enter to ask it. The answer names the page it comes from; click on the number to see it."),
            tr("Your own documents you drop anywhere on the window."),
        )

    def _tell_machine(self, machine: Machine) -> None:
        memory = tr(
            "{free} of {total} memory can be used now.",
            free=size_text(machine.available),
            total=size_text(machine.total),
        )
        card = machine.gpu()
        if card is not None:
            device = tr("Models compute on {card}.", card=card.description)
        else:
            device = tr("Models compute on the processor: slower than on a graphics card, but it works everywhere.")
        self._machine.setText(f"{memory}\n\n{device}")

    def _go(self, step: int) -> None:
        at = self._steps.currentIndex() + step
        if at < self._steps.count():
            self._show(at)
            return
        self._first_run.finish()
        self.accept()
        self.ended.emit(True)

    def _show(self, at: int) -> None:
        last = self._steps.count() - 1
        self._steps.setCurrentIndex(at)
        self._at.setText(tr("Step {at} of {n}", at=at + 1, n=last + 1))
        self._back.setEnabled(at > 0)
        self._next.setText(tr("Add them and ask") if at == last else tr("I understand") if at == 0 else tr("Next"))


class ModelStep(QWidget):
    """The recommended models, or that they are here."""

    def __init__(self, first_run: FirstRunViewModel) -> None:
        super().__init__()
        self._first_run = first_run
        self._rows: dict[str, ProgressRow] = {}
        self._said = QLabel(wordWrap=True)
        self._get = QPushButton(tr("Download"), objectName="primary", autoDefault=False)
        self._get.clicked.connect(first_run.fetch)
        self._file = QPushButton(tr("Use the file that IT gave me…"), autoDefault=False)
        self._file.clicked.connect(self._choose)
        buttons = QHBoxLayout(spacing=8)
        buttons.addWidget(self._get)
        buttons.addWidget(self._file)
        buttons.addStretch(1)
        self._progress = QVBoxLayout(spacing=8)
        column = QVBoxLayout(self, spacing=12)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(QLabel(tr("A model that answers"), objectName="heading"))
        column.addWidget(self._said)
        column.addLayout(buttons)
        column.addLayout(self._progress)
        column.addStretch(1)
        first_run.models.changed.connect(self._update)
        first_run.models.judged.connect(lambda _: self._update())
        first_run.models.progressed.connect(self._show_progress)
        self._update()

    def _update(self) -> None:
        wanted = self._first_run.wanted()
        for button in (self._get, self._file):
            button.setVisible(bool(wanted))
        if self._first_run.models.shelf is None:
            self._said.setText(tr("Looking which models are here…"))
        elif wanted:
            self._said.setText("\n".join([tr("Recommended for this computer:"), *map(self._line, wanted)]))
        else:
            self._said.setText(tr("The models you need are here. There is nothing to do."))

    def _line(self, entry: CatalogueEntry) -> str:
        verdict = self._first_run.models.verdicts.get(entry.id)
        fits = tr(LABELS[verdict.fits]) if verdict is not None else ""
        return " · ".join(part for part in (entry.name, size_text(entry.size), entry.licence, fits) if part)

    def _show_progress(self, model_id: str) -> None:
        progress = self._first_run.models.progress.get(model_id)
        row = self._rows.get(model_id)
        if row is None and progress is not None:
            row = self._rows[model_id] = ProgressRow(model_id, tr("Stop downloading {model}", model=model_id))
            row.stopped.connect(lambda: self._first_run.models.pause(model_id))
            self._progress.addWidget(row)
        if row is not None and progress is not None:
            row.show_progress(model_id, progress.done, progress.total, progress.left_s)
        elif row is not None:
            self._rows.pop(model_id).deleteLater()
        self._get.setEnabled(not any(map(self._first_run.models.is_fetching, self._rows)))

    def _choose(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, tr("Import a model"), filter=tr("Models (*.gguf)"))
        if name:
            self._first_run.import_file(name)


def _step(heading: str, *paragraphs: str) -> QWidget:
    page = QWidget()
    column = QVBoxLayout(page, spacing=12)
    column.setContentsMargins(0, 0, 0, 0)
    column.addWidget(QLabel(heading, objectName="heading", wordWrap=True))
    for text in paragraphs:
        column.addWidget(QLabel(text, wordWrap=True, textFormat=Qt.TextFormat.PlainText))
    column.addStretch(1)
    return page
