"""How the variants of an experiment did: a table, a plot, and the button that takes one over."""

from dataclasses import asdict
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QMenu,
    QPushButton,
    QScrollArea,
    QTableWidget,
    QVBoxLayout,
    QWidget,
)

from app.domain.experiments import Estimate, Result, Run, Variant, variants, verdict
from app.ui.fact import ElidedLabel
from app.ui.lab.plot import IntervalPlot, legend
from app.ui.lab.texts import variant_name, verdict_name
from app.ui.lab.view_model import LabViewModel
from app.ui.moments import time_text
from app.ui.tables import chosen_rows, fill_row, make_table
from app.ui.theme import Appearance
from app.ui.translate import tr
from app.ui.widgets.flow import FlowLayout

WIDTHS: Final = (142, 142, 64, 84, 80, 112)
LEAST: Final = 150  # pixels of height: some rows


class ResultsCard(QFrame):
    """Shows the experiment that is looked at, the best variant first."""

    def __init__(self, lab: LabViewModel, appearance: Appearance) -> None:
        super().__init__(objectName="card")
        self._lab = lab
        self._results: list[Result] = []
        self._which = QPushButton(objectName="chip")
        self._which.setAccessibleName(tr("Choose an experiment"))
        self._runs = QMenu(self._which)
        self._which.setMenu(self._runs)
        self._legend = ElidedLabel("small")
        self._resume = QPushButton(tr("Go on"))
        self._resume.setToolTip(tr("Measure the variants that are not measured yet."))
        self._resume.clicked.connect(lab.resume)
        self._remove = QPushButton(tr("Remove"))
        self._remove.setAccessibleName(tr("Remove this experiment"))
        self._remove.clicked.connect(lab.remove_run)
        self._use = QPushButton(tr("Use this"), objectName="primary")
        self._use.setToolTip(tr("Search as this variant did, from now on."))
        self._use.clicked.connect(self._use_chosen)
        self._table: QTableWidget = make_table(_headers(), tr("Variants"), widths=WIDTHS, row_height=34)
        self._table.itemSelectionChanged.connect(self._enable)
        self._plot = IntervalPlot(appearance)
        self._empty = QLabel(
            tr("Nothing measured yet. Add questions you know the answers to, choose what to try, and run it."),
            objectName="muted",
            alignment=Qt.AlignmentFlag.AlignCenter,
            wordWrap=True,
        )
        scroll = QScrollArea(widgetResizable=True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        inner = QWidget()
        around = QVBoxLayout(inner)
        around.setContentsMargins(0, 0, 8, 0)
        around.addWidget(self._plot)
        around.addStretch(1)
        scroll.setWidget(inner)
        self._scroll = scroll
        column = QVBoxLayout(self, spacing=10)
        column.setContentsMargins(16, 12, 16, 12)
        column.addLayout(self._top())
        column.addWidget(self._legend)
        column.addWidget(self._empty, 1)
        column.addWidget(self._table, 3)
        column.addWidget(scroll, 3)
        lab.changed.connect(self.refill)
        appearance.changed.connect(lambda: self._wear(appearance))
        self._wear(appearance)
        self.refill()

    def _wear(self, appearance: Appearance) -> None:
        for widget in (self._table, self._scroll):
            widget.setMinimumHeight(appearance.theme.px(LEAST))  # the page scrolls where there is less

    def refill(self) -> None:
        """Show the experiment that is looked at."""
        bench = self._lab.bench
        run = bench.run
        shown = {result.variant for result in self._results}
        self._results = sorted(bench.results, key=lambda result: -result.figures.ndcg.mean)
        for widget in (self._table, self._scroll):
            widget.setVisible(bool(self._results))
        self._empty.setVisible(not self._results)
        self._which.setVisible(run is not None)
        if run is not None:
            self._which.setText(_title(run))
            self._table.setRowCount(len(self._results))
            for row, result in enumerate(self._results):
                fill_row(self._table, row, _cells(result, run), _tip(result, run.present))
            self._plot.show_results(self._results, run)
            self._legend.say(legend(self._results, run.present))
        if shown != {result.variant for result in self._results}:
            self._table.clearSelection()
        self._runs.clear()
        for one in bench.runs:
            chosen = self._runs.addAction(_title(one)).triggered
            chosen.connect(lambda _=False, run_id=one.id: self._lab.look_at(run_id))
        self._enable()

    def _use_chosen(self) -> None:
        for row in chosen_rows(self._table):
            self._lab.use(self._results[row].variant)

    def _top(self) -> FlowLayout:
        row = FlowLayout(spacing=8)
        row.addWidget(QLabel(tr("Results"), objectName="section"))
        row.addWidget(self._which)
        for button in (self._remove, self._resume, self._use):
            row.addWidget(button)
        return row

    def _enable(self) -> None:
        run, busy = self._lab.bench.run, self._lab.is_busy
        rows = [row for row in chosen_rows(self._table) if row < len(self._results)]
        self._use.setEnabled(bool(rows) and self._results[rows[0]].variant != self._lab.bench.present)
        self._remove.setEnabled(run is not None and not busy)
        self._resume.setVisible(run is not None and len(self._results) < len(variants(run)) and not busy)


def _headers() -> list[str]:
    return [
        tr("Variant"),
        tr("Recall"),
        tr("nDCG@10"),
        tr("MRR"),
        tr("ms"),
        tr("Index"),
        tr("Than now"),
    ]


def _cells(result: Result, run: Run) -> tuple[str, ...]:
    figures = result.figures
    return (
        variant_name(result.variant, run.axes.embedders),
        _interval(figures.recall),
        _interval(figures.ndcg),
        f"{figures.reciprocal_rank.mean:.2f}",
        f"{figures.p50_ms:.0f} / {figures.p95_ms:.0f}",
        f"{result.index_bytes / 1e6:.1f} MB",
        verdict_name(verdict(result, run.present)),
    )


def _tip(result: Result, present: Variant) -> str:
    """What the table has no room for."""
    embedder = result.variant.embedder or tr("none")
    lines = [tr("Embedder: {embedder}", embedder=embedder), tr("{n} passages in the index", n=result.chunks)]
    lines.append(tr("Half of the searches took less than the first time, 95 % less than the second."))
    if result.variant != present:
        gains = (tr("nDCG@10"), result.figures.ndcg_gain), (tr("Recall"), result.figures.recall_gain)
        lines += [
            tr("{name} against now: {mean:+.3f} ({low:+.3f} to {high:+.3f})", name=name, **asdict(gain))
            for name, gain in gains
        ]
    return "\n".join(lines)


def _interval(estimate: Estimate) -> str:
    return f"{estimate.mean:.2f} ({estimate.low:.2f}–{estimate.high:.2f})"


def _title(run: Run) -> str:
    at = time_text(run.started_at)
    return tr("No. {id} · {at} · {n} questions", id=run.id, at=at, n=len(run.questions))
