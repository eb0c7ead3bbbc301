"""A plot of variants: a dot for each mean, a line for its interval, and where the present settings stand."""

from collections.abc import Callable, Sequence
from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.domain.experiments import Estimate, Figures, Result, Run, Variant, Verdict, verdict
from app.ui.lab.texts import variant_name, verdict_name
from app.ui.theme import Appearance
from app.ui.translate import tr

ROW: Final = 24
TOP: Final = 44  # for the titles and the numbers
BOTTOM: Final = 4
LABEL: Final = 250
GAP: Final = 28
MOST: Final = 24  # variants drawn: the best
ROLES: Final[dict[Verdict, str]] = {"present": "text", "better": "good", "worse": "bad", "unclear": "muted"}
PANELS: Final[tuple[tuple[str, Callable[[Figures], Estimate]], ...]] = (
    ("nDCG@10", lambda figures: figures.ndcg),
    ("recall@k", lambda figures: figures.recall),
)


class IntervalPlot(QWidget):
    """Two panels beside each other, a row for each variant."""

    def __init__(self, appearance: Appearance) -> None:
        super().__init__()
        self._appearance = appearance
        self._results: Sequence[Result] = ()
        self._run: Run | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        appearance.changed.connect(self._redraw)

    def show_results(self, results: Sequence[Result], run: Run) -> None:
        """Draw these of a run, in their order."""
        self._results, self._run = results[:MOST], run
        said = [f"{variant_name(r.variant)}: nDCG@10 {r.figures.ndcg.mean:.3f}" for r in self._results]
        self.setAccessibleName(tr("Plot of the variants"))
        self.setAccessibleDescription("; ".join(said))
        self._redraw()

    def _redraw(self) -> None:
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """As high as its rows."""
        return QSize(720, self._appearance.theme.px(TOP + ROW * len(self._results) + BOTTOM))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw labels, axes and intervals."""
        if not self._results or self._run is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        scale = self._appearance.theme.scale
        painter.scale(scale, scale)  # all is drawn as for a text scale of 100 %
        font = self.font()
        font.setPixelSize(12)
        painter.setFont(font)
        self._draw_labels(painter, self._run)
        width = (self.width() / scale - LABEL - GAP * len(PANELS)) / len(PANELS)
        for number, (title, figure) in enumerate(PANELS):
            area = QRectF(LABEL + GAP / 2 + number * (width + GAP), TOP, width, ROW * len(self._results))
            self._draw_panel(painter, area, title, figure, self._run.present)
        painter.end()

    def _draw_labels(self, painter: QPainter, run: Run) -> None:
        theme = self._appearance.theme
        for row, result in enumerate(self._results):
            painter.setPen(theme.colour("text" if result.variant == run.present else "muted"))
            area = QRectF(0, TOP + ROW * row, LABEL, ROW)
            name = painter.fontMetrics().elidedText(
                variant_name(result.variant, run.axes.embedders), Qt.TextElideMode.ElideRight, LABEL
            )
            painter.drawText(area, Qt.AlignmentFlag.AlignVCenter, name)

    def _draw_panel(
        self,
        painter: QPainter,
        area: QRectF,
        title: str,
        figure: Callable[[Figures], Estimate],
        present: Variant,
    ) -> None:
        theme = self._appearance.theme
        estimates = [figure(result.figures) for result in self._results]
        low = min(estimate.low for estimate in estimates)
        first = max(0.0, int(low * 10) / 10)
        span = max(1.0 - first, 0.1)

        def x(value: float) -> float:
            return area.left() + (value - first) / span * area.width()

        painter.setPen(theme.colour("text"))
        painter.drawText(QRectF(area.left(), 2, area.width(), 20), Qt.AlignmentFlag.AlignLeft, title)
        steps = round(span * 10)
        for step in range(0, steps + 1, 1 if steps <= 5 else 2):
            at = x(first + step / 10)
            painter.setPen(QPen(theme.colour("line"), 1))
            painter.drawLine(QPointF(at, area.top()), QPointF(at, area.bottom()))
            painter.setPen(theme.colour("faint"))
            mark = QRectF(at - 20, area.top() - 20, 40, 18)
            painter.drawText(mark, Qt.AlignmentFlag.AlignHCenter, f"{first + step / 10:.1f}")
        for result, estimate in zip(self._results, estimates, strict=True):
            if result.variant == present:
                painter.setPen(QPen(theme.colour("accent"), 1, Qt.PenStyle.DashLine))
                painter.drawLine(QPointF(x(estimate.mean), area.top()), QPointF(x(estimate.mean), area.bottom()))
        for row, (result, estimate) in enumerate(zip(self._results, estimates, strict=True)):
            role = "accent" if result.variant == present else ROLES[verdict(result, present)]
            self._draw_interval(painter, role, estimate, x, area.top() + ROW * (row + 0.5))

    def _draw_interval(
        self, painter: QPainter, role: str, estimate: Estimate, x: Callable[[float], float], y: float
    ) -> None:
        colour = self._appearance.theme.colour(role)
        painter.setPen(QPen(colour, 2))
        painter.drawLine(QPointF(x(estimate.low), y), QPointF(x(estimate.high), y))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawEllipse(QPointF(x(estimate.mean), y), 4, 4)


def legend(results: Sequence[Result], present: Variant) -> str:
    """What the plot says in words: how many variants are better, worse, or not told apart."""
    counts: dict[Verdict, int] = {"better": 0, "worse": 0, "unclear": 0}
    for result in results:
        said = verdict(result, present)
        if said in counts:
            counts[said] += 1
    return " · ".join(f"{count} {verdict_name(said)}" for said, count in counts.items() if count)
