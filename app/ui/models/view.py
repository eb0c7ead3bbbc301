"""The models page: a card for each model, with the one thing that can be done with it."""

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QMessageBox,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from app.domain.events import DownloadProgress
from app.domain.fit import Verdict
from app.domain.fit_texts import LABELS, remedy, size_text, why
from app.domain.models import CatalogueEntry, InstalledModel
from app.ui.models.view_model import ModelsViewModel
from app.ui.translate import tr

_MEGABYTE = 1_000_000
_TONES = {"fits": "good", "slow": "warn", "too_large": "bad"}


class ModelsPage(QWidget):
    """What is here, and what can be fetched."""

    def __init__(self, models: ModelsViewModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._models = models
        self._cards: dict[str, ModelCard] = {}
        self._column = QVBoxLayout(spacing=10)
        self._column.setContentsMargins(32, 20, 32, 24)
        inner = QWidget()
        inner.setLayout(self._column)
        scroll = QScrollArea(widgetResizable=True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(inner)
        column = QVBoxLayout(self, spacing=0)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._top())
        column.addWidget(scroll, 1)
        models.changed.connect(self.refill)
        models.progressed.connect(self._progress)
        models.judged.connect(self._judge)
        self.refill()

    def refill(self) -> None:
        """Show the lists anew."""
        while (item := self._column.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()  # it goes when the event loop gets to it
                widget.deleteLater()
        self._cards = {}
        shelf = self._models.shelf
        if shelf is None:
            return
        self._column.addWidget(_section(tr("On this device")))
        if not shelf.installed:
            hint = tr("No model yet. Download the recommended ones below: one that answers, one that finds passages.")
            self._column.addWidget(QLabel(hint, objectName="muted", wordWrap=True))
        for model in shelf.installed:
            answers = shelf.current is not None and model.id == shelf.current.id
            self._add(model.id, InstalledCard(model, answers, self._models))
        if shelf.available:
            self._column.addSpacing(12)
            self._column.addWidget(_section(tr("Available to download")))
        for entry in shelf.available:
            self._add(entry.id, AvailableCard(entry, self._models))
        self._column.addStretch(1)

    def _add(self, model_id: str, card: "ModelCard") -> None:
        self._cards[model_id] = card
        self._column.addWidget(card)
        self._judge(model_id)

    def _judge(self, model_id: str) -> None:
        verdict = self._models.verdicts.get(model_id)
        if verdict is not None and model_id in self._cards:
            self._cards[model_id].show_fit(verdict)

    def _progress(self, model_id: str) -> None:
        card = self._cards.get(model_id)
        if isinstance(card, AvailableCard):
            card.update_progress()

    def _top(self) -> QWidget:
        take = QPushButton(tr("Import file…"))
        take.clicked.connect(self._choose_file)
        top = QWidget(objectName="top")
        top.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        row = QHBoxLayout(top, spacing=8)
        row.setContentsMargins(32, 0, 32, 0)
        row.addWidget(QLabel(tr("Models"), objectName="title"))
        row.addStretch(1)
        row.addWidget(take)
        return top

    def _choose_file(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, tr("Import a model"), filter=tr("Models (*.gguf)"))
        if name:
            self._models.import_file(Path(name))


class ModelCard(QFrame):
    """A model's name and what is known of it; what can be done comes to the right."""

    def __init__(self, name: str, facts: list[str]) -> None:
        super().__init__(objectName="card")
        title = QLabel(name, objectName="section", textFormat=Qt.TextFormat.PlainText)
        below = QLabel(" · ".join(filter(None, facts)), objectName="small", textFormat=Qt.TextFormat.PlainText)
        below.setWordWrap(True)
        self.texts = QVBoxLayout(spacing=4)
        self.texts.addWidget(title)
        self.texts.addWidget(below)
        self.right = QHBoxLayout(spacing=8)
        self._fit = _chip("")
        self._fit.hide()
        self.right.addWidget(self._fit)
        row = QHBoxLayout(spacing=12)
        row.addLayout(self.texts, 1)
        row.addLayout(self.right)
        self.column = QVBoxLayout(self, spacing=8)
        self.column.setContentsMargins(16, 12, 16, 12)
        self.column.addLayout(row)
        self.setAccessibleName(name)

    def show_fit(self, verdict: Verdict) -> None:
        """Say whether the model fits into this machine, and in the tip why and what would help."""
        self._fit.setText(tr(LABELS[verdict.fits]))
        self._fit.setProperty("tone", _TONES[verdict.fits])
        self._fit.style().unpolish(self._fit)
        self._fit.style().polish(self._fit)
        need = tr("Needs {size} of memory on {device}.", size=size_text(verdict.need.total), device=verdict.device)
        reason = why(verdict)
        sentence = f"{reason[0].upper()}{reason[1:]}." if reason else ""
        self._fit.setToolTip(" ".join(filter(None, (need, sentence, remedy(verdict)))))
        self._fit.show()


class InstalledCard(ModelCard):
    """A model that is here."""

    def __init__(self, model: InstalledModel, answers: bool, models: ModelsViewModel) -> None:
        super().__init__(model.name, [_purpose(model), size_text(model.size), model.licence, model.id])
        if answers:
            self.right.addWidget(_chip(tr("in use")))
        elif model.role == "chat":
            use = QPushButton(tr("Use this one"))
            use.setAccessibleName(tr("Let {model} answer", model=model.name))
            use.clicked.connect(lambda: models.use(model.id))
            self.right.addWidget(use)
        if not model.shared:
            remove = QPushButton(tr("Remove…"))
            remove.setAccessibleName(tr("Remove {model}", model=model.name))
            remove.clicked.connect(lambda: self._ask_to_remove(model, models))
            self.right.addWidget(remove)

    def _ask_to_remove(self, model: InstalledModel, models: ModelsViewModel) -> None:
        question = tr("Remove “{model}” from this computer?", model=model.name)
        if QMessageBox.question(self, tr("Remove model"), question) == QMessageBox.StandardButton.Yes:
            models.remove(model.id)


class AvailableCard(ModelCard):
    """A model that can be fetched, or is on its way."""

    def __init__(self, entry: CatalogueEntry, models: ModelsViewModel) -> None:
        size = size_text(entry.size) if entry.size else tr("size unknown")
        super().__init__(entry.name, [_role(entry.role), size, entry.licence, entry.id])
        self._entry = entry
        self._models = models
        if entry.recommended_for:
            self.texts.addWidget(QLabel(tr(entry.recommended_for), objectName="small", wordWrap=True))
        if entry.default:
            self.right.addWidget(_chip(tr("recommended")))
        self._button = QPushButton(objectName="primary" if entry.default else "")
        self._button.clicked.connect(self._act)
        self.right.addWidget(self._button)
        self._bar = QProgressBar(textVisible=False)
        self._bar.setAccessibleName(tr("Progress of {model}", model=entry.name))
        self._figures = QLabel(objectName="small")
        self.column.addWidget(self._bar)
        self.column.addWidget(self._figures)
        self.update_progress()

    def update_progress(self) -> None:
        """Show how far the download is and what can be done about it."""
        fetching = self._models.is_fetching(self._entry.id)
        progress = self._models.progress.get(self._entry.id)
        for widget in (self._bar, self._figures):
            widget.setVisible(fetching or progress is not None)
        if fetching:
            self._button.setText(tr("Pause"))
        else:
            self._button.setText(tr("Resume") if progress else tr("Download"))
        self._button.setAccessibleName(f"{self._button.text()} {self._entry.name}")
        self._figures.setText(figures(progress, fetching))
        # Thousandths: a bar counts in 32 bits, and a model has more bytes than that.
        self._bar.setRange(0, 1000 if progress else 0)
        if progress:
            self._bar.setValue(1000 * progress.done // max(1, progress.total))

    def _act(self) -> None:
        if self._models.is_fetching(self._entry.id):
            self._models.pause(self._entry.id)
        else:
            self._models.fetch(self._entry.id)


def figures(progress: DownloadProgress | None, fetching: bool) -> str:
    """How far a download is, in words."""
    if progress is None:
        return tr("Starting") if fetching else ""
    if fetching and progress.done >= progress.total:
        return tr("Checking the file")
    text = tr("{done} of {total} MB", done=progress.done // _MEGABYTE, total=progress.total // _MEGABYTE)
    if not fetching:
        return tr("Paused at {text}", text=text)
    if progress.bytes_per_s and progress.left_s is not None:
        speed, left = progress.bytes_per_s / _MEGABYTE, max(1, round(progress.left_s / 60))
        return tr("{text}, {speed:.1f} MB/s, {left} min left", text=text, speed=speed, left=left)
    return text


def _purpose(model: InstalledModel) -> str:
    return tr("changes {base}", base=model.base) if model.role == "adapter" else _role(model.role)


def _role(role: str) -> str:
    names = {"chat": tr("answers questions"), "embed": tr("finds passages"), "rerank": tr("orders passages")}
    return names.get(role, role)


def _chip(text: str) -> QLabel:
    label = QLabel(text)
    label.setObjectName("chip")
    label.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
    return label


def _section(text: str) -> QLabel:
    label = QLabel(text)
    label.setObjectName("section")
    return label
