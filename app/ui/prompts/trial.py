"""Two versions of a prompt, or two models, side by side on the same input."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from app.ui.prompts.form import VariableForm
from app.ui.prompts.menu_button import MenuButton
from app.ui.prompts.view_model import PromptsViewModel, Side
from app.ui.translate import tr


class PromptTrial(QWidget):
    """Asks both sides what the form holds, one after the other; nothing of it is kept."""

    def __init__(self, prompts: PromptsViewModel, form: VariableForm) -> None:
        super().__init__()
        self._prompts = prompts
        self._form = form
        self._sides = [TrialSide(tr("Left"), self._enable), TrialSide(tr("Right"), self._enable)]
        self._hint = QLabel(objectName="small", wordWrap=True)
        self._run = QPushButton(tr("Try both"), objectName="primary")
        self._run.clicked.connect(self._toggle)
        foot = QHBoxLayout(spacing=12)
        foot.addWidget(self._hint, 1)
        foot.addWidget(self._run)
        sides = QHBoxLayout(spacing=12)
        for side in self._sides:
            sides.addWidget(side, 1)
        column = QVBoxLayout(self, spacing=12)
        column.setContentsMargins(0, 12, 0, 0)
        column.addLayout(foot)
        column.addLayout(sides, 1)
        form.changed.connect(self._enable)
        prompts.tried.connect(lambda place: self._sides[place].show_side(prompts.sides[place]))
        prompts.busy_changed.connect(lambda _: self._enable())

    def refill(self) -> None:
        """Offer the versions of the prompt that is looked at, and the models."""
        chosen = self._prompts.chosen
        versions = tuple(reversed(chosen.versions)) if chosen is not None else ()
        models = [("", tr("the usual model")), *((one.id, one.name) for one in self._prompts.shelf.models)]
        names = [(str(one.version), tr("version {n}", n=one.version)) for one in versions]
        for side, version in zip(self._sides, (names[:1], names[1:2] or names[:1]), strict=True):
            side.offer(names, version[0][0] if version else "", models)
        if len(names) == 1 and len(models) > 2:
            self._sides[1].model.choose(models[2][0])
        self._enable()

    def _toggle(self) -> None:
        if self._prompts.is_busy:
            self._prompts.stop()
            return
        chosen = self._prompts.chosen
        if chosen is None:
            return
        left, right = (
            Side(chosen.at(int(side.version.value)) or chosen.current, side.model.value or None) for side in self._sides
        )
        self._prompts.try_out(left, right, self._form.values())

    def _enable(self) -> None:
        busy, missing = self._prompts.is_busy, self._form.missing()
        same = len({(side.version.value, side.model.value) for side in self._sides}) == 1
        usual = tr("Both are asked what you filled in, one after the other. Nothing of it is kept.")
        hint = missing or (tr("Choose another version or another model on one side.") if same else usual)
        self._hint.setText(tr("Asking one after the other…") if busy else hint)
        self._run.setText(tr("Stop") if busy else tr("Try both"))
        self._run.setEnabled(busy or (self._prompts.chosen is not None and not missing and not same))


class TrialSide(QFrame):
    """One side: which version, which model, and what came of it."""

    def __init__(self, name: str, changed: Callable[[], None]) -> None:
        super().__init__(objectName="card")
        self.version = MenuButton(tr("Version, {side}", side=name))
        self.model = MenuButton(tr("Model, {side}", side=name))
        for menu in (self.version, self.model):
            menu.chosen.connect(lambda _: changed())
        self._answer = QPlainTextEdit(readOnly=True, objectName="reading")
        self._answer.setAccessibleName(tr("Answer, {side}", side=name))
        self._answer.setPlaceholderText(tr("The answer comes here."))
        self._answer.setTabChangesFocus(True)
        self._facts = QLabel(objectName="small", wordWrap=True)
        column = QVBoxLayout(self, spacing=8)
        column.setContentsMargins(14, 12, 14, 12)
        for menu in (self.version, self.model):
            column.addWidget(menu, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self._answer, 1)
        column.addWidget(self._facts)

    def offer(self, versions: list[tuple[str, str]], version: str, models: list[tuple[str, str]]) -> None:
        """Offer versions and models; what an earlier prompt brought goes."""
        self.version.offer(versions, version)
        self.model.offer(models, "")
        self._answer.clear()
        self._facts.clear()

    def show_side(self, side: Side) -> None:
        """Show how far it is, and what it wrote."""
        self._answer.setPlainText(side.text)
        if side.state == "waiting":
            self._facts.setText(tr("waiting"))
        elif side.timing is None:
            self._facts.setText(tr("writing…") if side.text else tr("reading…"))
        else:
            words = len(side.text.split())
            timing = side.timing
            said = tr(
                "AI · {model} · {words} words · first word after {s:.1f} s · {rate:.0f} tokens/s",
                model=side.by,
                words=words,
                s=timing.first_token_s,
                rate=timing.tokens_per_s,
            )
            self._facts.setText(said)
