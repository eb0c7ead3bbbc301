"""The prompts page: the list to the left; the prompt filled in, changed, in all versions, and tried to the right."""

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidgetItem,
    QMessageBox,
    QPushButton,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from app.domain.prompt_library import Origin
from app.ui.error_texts import error_text
from app.ui.prompts.editor import PromptEditor
from app.ui.prompts.form import VariableForm, preview_field, show_preview
from app.ui.prompts.trial import PromptTrial
from app.ui.prompts.versions import PromptVersions
from app.ui.prompts.view_model import PromptsViewModel
from app.ui.row_list import RowList
from app.ui.theme import Appearance
from app.ui.translate import tr

SETS: Final[tuple[Origin, ...]] = ("own", "company", "shipped")


class PromptsPage(QWidget):
    """Everything about prompts."""

    def __init__(self, prompts: PromptsViewModel, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._prompts = prompts
        self._documents: tuple[str, ...] = ()
        self._title = QLabel(objectName="title", textFormat=Qt.TextFormat.PlainText)
        self._facts = QLabel(objectName="chip", textFormat=Qt.TextFormat.PlainText)
        self._purpose = QLabel(objectName="muted", textFormat=Qt.TextFormat.PlainText, wordWrap=True)
        self._remove = QPushButton(tr("Remove…"))
        self._remove.clicked.connect(self._ask_to_remove)
        self._form = VariableForm()
        self._preview = preview_field()
        self._missing = QLabel(objectName="small", wordWrap=True)
        self._use = QPushButton(tr("Use in chat"), objectName="primary")
        self._use.clicked.connect(lambda: prompts.use(self._form.values()))
        self._editor = PromptEditor(prompts)
        self._versions = PromptVersions(prompts, appearance)
        self._trial = PromptTrial(prompts, self._form)
        self._tabs = QTabWidget(documentMode=True)
        self._tabs.setAccessibleName(tr("What to do with the prompt"))
        for page, label in (
            (self._filling(), tr("Fill in")),
            (self._trial, tr("Compare")),
            (self._editor, tr("Change")),
            (self._versions, tr("Versions")),
        ):
            self._tabs.addTab(page, label)
        row = QHBoxLayout(self, spacing=0)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(PromptList(prompts, appearance))
        row.addLayout(self._right(), 1)
        self._form.changed.connect(self._update)
        prompts.chosen_changed.connect(self._show)
        self._show()

    def offer_documents(self, names: Sequence[str]) -> None:
        """Let prompts be filled in with these documents."""
        version, before = self._prompts.version, self._documents
        self._documents = tuple(names)
        asks_for_one = version is not None and any(one.kind == "document" for one in version.variables)
        if version is not None and asks_for_one and self._documents != before:
            self._form.ask_for(version, self._documents)  # else the fields stay, and who types goes on typing

    def _right(self) -> QVBoxLayout:
        top = QWidget(objectName="top")
        top.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        row = QHBoxLayout(top, spacing=10)
        row.setContentsMargins(24, 0, 24, 0)
        row.addWidget(self._title)
        row.addWidget(self._facts, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addStretch(1)
        row.addWidget(self._remove)
        body = QVBoxLayout(spacing=10)
        body.setContentsMargins(24, 16, 24, 20)
        body.addWidget(self._purpose)
        body.addWidget(self._tabs, 1)
        column = QVBoxLayout()
        column.setSpacing(0)
        column.addWidget(top)
        column.addLayout(body, 1)
        return column

    def _filling(self) -> QWidget:
        page = QWidget()
        left = QVBoxLayout(spacing=8)
        left.addWidget(self._form, 1)
        right = QVBoxLayout(spacing=8)
        right.addWidget(QLabel(tr("What will be asked"), objectName="small"))
        right.addWidget(self._preview, 1)
        foot = QHBoxLayout(spacing=12)
        foot.addWidget(self._missing, 1)
        foot.addWidget(self._use)
        right.addLayout(foot)
        row = QHBoxLayout(page, spacing=16)
        row.setContentsMargins(0, 12, 0, 0)
        row.addLayout(left, 1)
        row.addLayout(right, 1)
        return page

    def _show(self) -> None:
        """Show the version that is looked at, or a new prompt."""
        version, chosen = self._prompts.version, self._prompts.chosen
        self._tabs.setEnabled(version is not None)
        self._remove.setVisible(chosen is not None and chosen.is_own)
        if version is None:
            return
        self._title.setText(version.title or tr("A new prompt"))
        self._purpose.setText(version.purpose or tr("Write it, and save it."))
        self._facts.setVisible(chosen is not None)
        if chosen is not None:
            self._facts.setText(tr("{set} · version {n}", set=tr(chosen.origin), n=version.version))
        for place in (0, 1, 3):
            self._tabs.setTabEnabled(place, chosen is not None)
        if chosen is None:
            self._tabs.setCurrentIndex(2)
        elif self._tabs.currentIndex() == 2:
            self._tabs.setCurrentIndex(0)
        self._form.ask_for(version, self._documents)
        self._editor.show_version(version)
        self._versions.refill()
        self._trial.refill()

    def _update(self) -> None:
        show_preview(self._preview, self._form)
        missing = self._form.missing()
        self._missing.setText(missing)
        self._use.setEnabled(not missing)

    def _ask_to_remove(self) -> None:
        question = tr("Remove “{title}” with all its versions?", title=self._title.text())
        if QMessageBox.question(self, tr("Remove prompt"), question) == QMessageBox.StandardButton.Yes:
            self._prompts.remove()


class PromptList(QFrame):
    """Chooses a prompt, found by its words."""

    def __init__(self, prompts: PromptsViewModel, appearance: Appearance) -> None:
        super().__init__(objectName="prompt_list")
        self._prompts = prompts
        self._appearance = appearance
        self._find = QLineEdit(placeholderText=tr("Find a prompt"), clearButtonEnabled=True)
        self._find.setAccessibleName(tr("Find a prompt"))
        self._find.textEdited.connect(prompts.search)
        self._find.textChanged.connect(lambda text: None if text else prompts.search(""))
        self._new = QPushButton(objectName="square", toolTip=tr("New prompt"))
        self._new.setAccessibleName(tr("New prompt"))
        self._new.clicked.connect(prompts.begin)
        self._list = RowList(objectName="conversations")
        self._list.setAccessibleName(tr("Prompts"))
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.itemClicked.connect(self._open)
        self._list.itemActivated.connect(self._open)
        self._problems = QLabel(objectName="small", wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        row = QHBoxLayout(spacing=8)
        row.addWidget(self._find, 1)
        row.addWidget(self._new)
        column = QVBoxLayout(self, spacing=8)
        column.setContentsMargins(12, 12, 12, 12)
        column.addLayout(row)
        column.addWidget(self._list, 1)
        column.addWidget(self._problems)
        prompts.changed.connect(self.refill)
        prompts.chosen_changed.connect(self._mark)
        appearance.changed.connect(self._dress)
        self._dress()
        self.refill()

    def refill(self) -> None:
        """Show what was found, set by set, and which files were left out."""
        self._list.clear()
        labels = {"own": tr("MY OWN"), "company": tr("COMPANY"), "shipped": tr("SHIPPED WITH DONJON")}
        for origin in SETS:
            found = [prompt for prompt in self._prompts.shelf.found if prompt.origin == origin]
            if found:
                self._list.addItem(self._header(labels[origin]))
            for prompt in found:
                item = QListWidgetItem(prompt.current.title)
                item.setToolTip(prompt.current.purpose)
                item.setData(Qt.ItemDataRole.UserRole, prompt.current.id)
                self._list.addItem(item)
        if not self._prompts.shelf.found:
            self._list.addItem(self._header(tr("NOTHING FOUND")))
        problems = self._prompts.shelf.problems
        self._problems.setVisible(bool(problems))
        self._problems.setText(tr("{n} files of prompts were left out.", n=len(problems)))
        self._problems.setToolTip("\n".join(error_text(problem) for problem in problems))
        self._mark()

    def _header(self, label: str) -> QListWidgetItem:
        header = QListWidgetItem(label)
        header.setFlags(Qt.ItemFlag.NoItemFlags)
        font = self.font()
        font.setPixelSize(self._appearance.theme.px(11))
        font.setWeight(font.Weight.DemiBold)
        header.setFont(font)
        return header

    def _open(self, item: QListWidgetItem) -> None:
        prompt_id = item.data(Qt.ItemDataRole.UserRole)
        if prompt_id:
            self._prompts.choose(prompt_id)

    def _mark(self) -> None:
        chosen = self._prompts.chosen
        for row in range(self._list.count()):
            item = self._list.item(row)
            if chosen is not None and item.data(Qt.ItemDataRole.UserRole) == chosen.current.id:
                self._list.setCurrentItem(item)
                return
        self._list.clearSelection()

    def _dress(self) -> None:
        self._new.setIcon(self._appearance.icon("plus", "text"))
