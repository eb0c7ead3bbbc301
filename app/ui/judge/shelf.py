"""The left list of the judge page: the templates, and what was judged."""

from pathlib import Path

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QMenu,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.ui.error_texts import error_text
from app.ui.judge.view_model import JudgeViewModel
from app.ui.theme import Appearance
from app.ui.translate import tr

KEY = Qt.ItemDataRole.UserRole  # ("template" | "case" | "table", its id)


class Shelf(QFrame):
    """Chooses a template, a judgement or a table."""

    template_wanted = Signal(object)  # the Template to go from, None for a new one

    def __init__(self, judge: JudgeViewModel, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent, objectName="chat_list")
        self._judge = judge
        self._appearance = appearance
        self._find = QLineEdit(placeholderText=tr("Templates"), clearButtonEnabled=True)
        self._find.setAccessibleName(tr("Search templates and judgements"))
        self._find.textChanged.connect(self.refill)
        self._new = QPushButton(objectName="square", toolTip=tr("New template…"))
        self._new.setAccessibleName(tr("New template"))
        self._new.clicked.connect(lambda: self.template_wanted.emit(None))
        self._list = QListWidget(objectName="conversations")
        self._list.setAccessibleName(tr("Templates and judgements"))
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self._list.customContextMenuRequested.connect(self._menu)
        self._list.itemClicked.connect(self._open)
        self._list.itemActivated.connect(self._open)
        row = QHBoxLayout(spacing=8)
        row.addWidget(self._find, 1)
        row.addWidget(self._new)
        column = QVBoxLayout(self, spacing=8)
        column.setContentsMargins(12, 12, 12, 12)
        column.addLayout(row)
        column.addWidget(self._list, 1)
        judge.shelf_changed.connect(self.refill)
        judge.opened_changed.connect(self._mark)
        appearance.changed.connect(self._dress)
        self._dress()
        self.refill()

    def set_narrow(self, narrow: bool) -> None:
        """Leave more of a small window to the judgement."""
        if self.property("narrow") != narrow:
            self.setProperty("narrow", narrow)
            self.style().unpolish(self)
            self.style().polish(self)

    def refill(self) -> None:
        """Fill the list with what has the searched words in its name."""
        shelf = self._judge.shelf
        self._list.clear()
        self._head(tr("TEMPLATES"))
        for template in shelf.templates:
            self._add(template.name, ("template", template.id), template.about)
        for problem in shelf.problems:
            self._add(tr("{name} does not fit", name=problem.facts["template"]), None, error_text(problem))
        if shelf.cases or shelf.batches:
            self._head(tr("JUDGED"))
        for case in shelf.cases:
            text = tr("{name}  v{n}", name=case.name, n=case.versions)
            self._add(text, ("case", case.id), f"{case.template} · {case.path}")
        for batch in shelf.batches:
            text = tr("{name}  table", name=Path(batch.folder).name)
            self._add(text, ("table", batch.id), f"{batch.template} · {batch.folder}")
        self._mark()

    def _add(self, text: str, key: tuple[str, str | int] | None, tip: str) -> None:
        if self._find.text().casefold() not in text.casefold():
            return
        item = QListWidgetItem(text)
        item.setToolTip(tip)
        item.setData(KEY, key)
        self._list.addItem(item)

    def _head(self, text: str) -> None:
        head = QListWidgetItem(text)
        head.setFlags(Qt.ItemFlag.NoItemFlags)
        font = self.font()
        font.setPixelSize(11)
        font.setWeight(font.Weight.DemiBold)
        head.setFont(font)
        self._list.addItem(head)

    def _mark(self) -> None:
        opened, table = self._judge.opened, self._judge.table
        chosen: tuple[str, str | int] = ("template", self._judge.template_id)
        if opened is not None:
            chosen = ("case", opened.case.id) if opened.case.batch_id is None else ("table", opened.case.batch_id)
        elif table is not None:
            chosen = ("table", table.batch.id)
        for row in range(self._list.count()):
            item = self._list.item(row)
            item.setSelected(item.data(KEY) == chosen)

    def _open(self, item: QListWidgetItem) -> None:
        match item.data(KEY):
            case "template", str() as template_id:
                self._judge.choose_template(template_id)
            case "case", int() as case_id:
                self._judge.open(case_id)
            case "table", int() as batch_id:
                self._judge.open_table(batch_id)
        self._mark()

    def _menu(self, point: QPoint) -> None:
        item = self._list.itemAt(point)
        key = item.data(KEY) if item is not None else None
        template = next((one for one in self._judge.shelf.templates if key == ("template", one.id)), None)
        if template is None:
            return
        menu = QMenu(self)
        edit = tr("Change…") if template.origin == "own" else tr("New from this…")
        menu.addAction(edit).triggered.connect(lambda: self.template_wanted.emit(template))
        if template.origin == "own":
            menu.addAction(tr("Delete")).triggered.connect(lambda: self._judge.remove_template(template.id))
        menu.exec(self._list.mapToGlobal(point))

    def _dress(self) -> None:
        self._new.setIcon(self._appearance.icon("plus", "text"))
