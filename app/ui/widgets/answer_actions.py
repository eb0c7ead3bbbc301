"""What can be done with an answer: copy it, leaf through its versions, have it written again, ask why."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QWidget

from app.domain.chat import Style
from app.domain.models import InstalledModel
from app.ui.theme import Appearance
from app.ui.translate import tr
from app.ui.widgets.buttons import IconButton, LinkButton


class AnswerActions(QWidget):
    """A row of buttons; the versions show once there is more than one."""

    copied = Signal()
    moved = Signal(int)  # to the version before (-1) or after (1)
    again = Signal(str)  # a Style
    again_with = Signal(str)  # a model's id
    other_sources = Signal()
    why = Signal()

    def __init__(self, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        copy = IconButton(appearance, "copy", tr("Copy"))
        copy.clicked.connect(self.copied)
        self._before = IconButton(appearance, "previous", tr("Version before"))
        self._before.clicked.connect(lambda: self.moved.emit(-1))
        self._after = IconButton(appearance, "next", tr("Next version"))
        self._after.clicked.connect(lambda: self.moved.emit(1))
        self._version = QLabel(objectName="small")
        self._again = IconButton(appearance, "regenerate", tr("Write it again"))
        self._again.setMenu(QMenu(self._again))
        why = LinkButton(tr("Why?"), tr("Why does it say that?"))
        why.clicked.connect(self.why)
        row = QHBoxLayout(self, spacing=4)
        row.setContentsMargins(0, 0, 0, 0)
        for widget in (copy, self._before, self._version, self._after, self._again, why):
            row.addWidget(widget, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addStretch(1)
        self.show_version(1, 1)
        self.offer([])

    def show_version(self, version: int, of: int) -> None:
        """Say which version is shown, of how many."""
        for widget in (self._before, self._version, self._after):
            widget.setVisible(of > 1)
        self._version.setText(tr("{version} / {of}", version=version, of=of))
        self._version.setAccessibleName(tr("Version {version} of {of}", version=version, of=of))
        self._before.setEnabled(version > 1)
        self._after.setEnabled(version < of)

    def offer(self, models: Sequence[InstalledModel], *, sources: bool = True) -> None:
        """Offer to have it written again: otherwise, by another of these models, or from other sources."""
        menu = self._again.menu()
        menu.clear()
        styles: tuple[tuple[str, Style], ...] = (
            (tr("Once more"), ""),
            (tr("Shorter"), "shorter"),
            (tr("Longer"), "longer"),
        )
        for label, style in styles:
            menu.addAction(label).triggered.connect(lambda _=False, style=style: self.again.emit(style))
        if models:
            others = menu.addMenu(tr("With another model"))
            for model in models:
                action = others.addAction(model.name)
                action.triggered.connect(lambda _=False, model_id=model.id: self.again_with.emit(model_id))
        if sources:
            menu.addAction(tr("From other sources…")).triggered.connect(self.other_sources)
