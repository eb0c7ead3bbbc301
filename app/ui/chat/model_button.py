"""The model that answers: its name to press, and the list of those that could answer."""

from collections.abc import Iterator
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton

from app.domain.fit_texts import size_text
from app.domain.models import InstalledModel
from app.ui.chat.outlook import Outlook, Seen
from app.ui.chat.picker import Choice, Picker
from app.ui.translate import tr


class ModelButton(QPushButton):
    """Names the model; pressed, it lists what can be picked and what can be let out of memory."""

    picked = Signal(str)  # a model's id
    models_wanted = Signal()

    def __init__(self, outlook: Outlook) -> None:
        super().__init__(objectName="model", toolTip=tr("The model that answers; choose another"))
        self._outlook = outlook
        self.clicked.connect(self._open)
        self.name("")

    def name(self, model: str) -> None:
        """Show this name, "" for no model."""
        self.setText(f"{model or tr('no model')} ▾")
        self.setAccessibleName(tr("Model that answers: {model}", model=model or tr("no model")))

    def _open(self) -> None:
        if (seen := self._outlook.seen) is not None:
            Picker(tr("Answer by which model?"), list(self._choices(seen)), self).open_below(self)

    def _choices(self, seen: Seen) -> Iterator[Choice]:
        for model in seen.answering:
            away = model.where == "gateway"
            section = tr("At the gateway") if away else tr("On this device")
            pick, tip = partial(self.picked.emit, model.id), tr(seen.good_at.get(model.id, ""))
            yield Choice(model.name, self._facts(model, seen), pick, section, tip)
        names = {model.id: model.name for model in seen.answering}
        for model_id, size in seen.in_memory.items():
            label = tr("Free the memory of {model}", model=names.get(model_id, model_id))
            yield Choice(label, size_text(size), partial(self._outlook.release, model_id), tr("Models"))
        yield Choice(tr("All models, and more to download"), "", self.models_wanted.emit, tr("Models"))

    def _facts(self, model: InstalledModel, seen: Seen) -> str:
        route = seen.destination.route
        facts = [size_text(model.size) if model.size else ""]
        facts += [tr("in memory")] if model.id in seen.in_memory else []
        facts += [tr("chosen")] if route is not None and route.model == model.id else []
        return " · ".join(filter(None, facts))
