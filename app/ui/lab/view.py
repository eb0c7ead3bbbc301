"""The lab page; its one tab is the test of retrieval."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from app.ui.lab.questions import QuestionCard
from app.ui.lab.results import ResultsCard
from app.ui.lab.variants import VariantsCard
from app.ui.lab.view_model import LabViewModel
from app.ui.theme import Appearance
from app.ui.translate import tr


class LabPage(QWidget):
    """Questions to the left; what to try and what came of it to the right."""

    def __init__(self, lab: LabViewModel, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lab = lab
        results = QWidget()
        results.setMinimumWidth(1)  # no wider than there is room, so that its lines are broken
        right = QVBoxLayout(results, spacing=12)
        right.setContentsMargins(0, 0, 0, 0)
        right.addWidget(VariantsCard(lab))
        right.addWidget(ResultsCard(lab, appearance), 1)
        scroll = QScrollArea(widgetResizable=True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(results)
        body = QHBoxLayout(spacing=12)
        body.setContentsMargins(32, 20, 32, 24)
        body.addWidget(QuestionCard(lab))
        body.addWidget(scroll, 1)
        column = QVBoxLayout(self, spacing=0)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._top())
        column.addLayout(body, 1)

    def _top(self) -> QWidget:
        top = QWidget(objectName="top")
        top.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        row = QHBoxLayout(top, spacing=10)
        row.setContentsMargins(32, 0, 32, 0)
        row.addWidget(QLabel(tr("Lab"), objectName="title"))
        tab = QLabel(tr("Retrieval"), objectName="chip")
        tab.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        row.addWidget(tab)
        row.addWidget(QLabel(tr("Which way of searching finds best in your documents?"), objectName="small"))
        row.addStretch(1)
        return top
