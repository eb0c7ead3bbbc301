"""Every component in every state, to look at: `donjon --gallery`."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QLabel,
    QMainWindow,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.domain.data_class import CLASSES
from app.domain.errors import AppError, ErrorCode
from app.domain.fit import Need, Verdict
from app.domain.models import LoadSettings
from app.domain.routing import Bounds, Destination, Route, may_leave
from app.ui.chat.shown_turns import ShownTurns
from app.ui.chat.transcript import Transcript
from app.ui.gallery_turns import sample_turns
from app.ui.preferences.view import Choice
from app.ui.theme import Appearance
from app.ui.translate import tr
from app.ui.widgets.chips import DataClassBadge, DeviceChip, RouteChip
from app.ui.widgets.context_meter import ContextMeter
from app.ui.widgets.disclosure import Disclosure
from app.ui.widgets.empty_state import EmptyState, Start
from app.ui.widgets.error_row import ErrorRow
from app.ui.widgets.feedback import ComplaintForm
from app.ui.widgets.passage_card import PassageCard, Quotation
from app.ui.widgets.progress_row import ProgressRow
from app.ui.widgets.rail_verdict import RailNote

Make = Callable[[Appearance, QWidget], Sequence[QWidget]]  # on a card: what is shown without a parent is a window

_HERE: Final = Route("qwen", "device", "it is the chat model")
_THERE: Final = Route("gateway:large", "gateway", "the model on this device does not fit into its memory")
_FORBIDDEN: Final = may_leave("restricted", Bounds(local_only=False, ceiling="internal"))
_HELD: Final = AppError(ErrorCode.GATEWAY_NOT_ALLOWED, because=_FORBIDDEN.because if _FORBIDDEN else "")
_ON_CPU: Final = Verdict("fits", Need(1, 1, 1), 8_000_000_000, LoadSettings(threads=4), "CPU", why_cpu="no_gpu")
_ON_GPU: Final = replace(
    _ON_CPU, settings=LoadSettings(gpu_layers=28), device="the graphics card", backend="Metal", layers=33, why_cpu=""
)
_QUOTATION: Final = Quotation(
    1,
    "Travel policy.pdf",
    "page 3 · 4.2 Air travel",
    "Employees may book economy class for flights under six hours. ",
    "Flights over six hours may be booked in premium economy with approval of the line manager.",
    " Business class needs a reason in writing.",
    "Found no. 1 by words · no. 3 by meaning.",
)


def _disclosures(_: Appearance, card: QWidget) -> Sequence[QWidget]:
    here, there, more = Disclosure(card), Disclosure(card), Disclosure(card)
    here.name("Qwen2.5 Coder 1.5B", "device")
    there.name("large", "gateway")
    more.name("Qwen2.5 Coder 1.5B", "device", "41 pages read in 6 parts", "stopped")
    return here, there, more


def _answers(appearance: Appearance, card: QWidget) -> Sequence[QWidget]:
    shown = ShownTurns(sample_turns(), card)
    transcript = Transcript(shown, appearance, card)
    transcript.setMinimumHeight(appearance.theme.px(720))
    transcript.point_at("", 1)
    return (transcript,)


def _complaint(_: Appearance, card: QWidget) -> Sequence[QWidget]:
    return (ComplaintForm(card),)


def _passages(appearance: Appearance, _: QWidget) -> Sequence[QWidget]:
    plain, chosen = (PassageCard(_QUOTATION, appearance.theme) for _ in range(2))
    chosen.select(selected=True)
    unread = PassageCard(Quotation(2, "Notes.md", "", "", "Only the quoted words are kept.", ""), appearance.theme)
    return plain, chosen, unread


def _rails(appearance: Appearance, card: QWidget) -> Sequence[QWidget]:
    flagged, blocked, final = RailNote(appearance, card), RailNote(appearance, card), RailNote(appearance, card)
    flagged.show_verdict("Look twice: a key of a cloud account.", "Its letters and its checksum fit one.")
    blocked.show_verdict("A passage was left out.", "It speaks to an AI instead of to a reader.", blocked=True)
    final.show_verdict(
        "Characters that nobody can see were taken out.", "They can hide orders to a model.", appeal=False
    )
    return flagged, blocked, final


def _chips(_: Appearance, card: QWidget) -> Sequence[QWidget]:
    badges = []
    for data_class in CLASSES:
        badges.append(DataClassBadge(card))
        badges[-1].show_class(data_class, "The highest class of the conversation and its passages.")
    cpu, gpu, gateway = DeviceChip(card), DeviceChip(card), DeviceChip(card)
    cpu.show_verdict(_ON_CPU)
    gpu.show_verdict(_ON_GPU)
    gateway.show_verdict(None, "llm.example")
    return _in_a_row(*badges), _in_a_row(cpu, gpu, gateway)


def _routes(_: Appearance, card: QWidget) -> Sequence[QWidget]:
    here, there, held, refused = (RouteChip(card) for _ in range(4))
    here.show_destination(Destination("internal", "internal", _HERE, "Qwen2.5 Coder 1.5B"))
    there.show_destination(Destination("internal", "internal", _THERE, "large", "llm.example"))
    held.show_destination(Destination("internal", "restricted", _THERE, "large", "llm.example", beyond=_HELD))
    refused.show_destination(Destination("restricted", "restricted", refused=_HELD))
    return here, there, held, refused


def _progress(_: Appearance, card: QWidget) -> Sequence[QWidget]:
    unknown, under_way, nearly = (ProgressRow("Indexing", "Stop indexing", card) for _ in range(3))
    unknown.show_progress("Looking for files")
    under_way.show_progress("Indexing 4 of 12 · Travel policy.pdf", 4, 12, 340)
    nearly.show_progress("Checking the file", 990, 1000, 2)
    return unknown, under_way, nearly


def _meters(_: Appearance, card: QWidget) -> Sequence[QWidget]:
    some, much, over = ContextMeter(card), ContextMeter(card), ContextMeter(card)
    some.show_use(1480, 8192)
    much.show_use(7400, 8192)
    over.show_use(8192, 8192, "6 of 10 passages and the 4 oldest turns were left out.")
    return (_in_a_row(some, much, over),)


def _empty(_: Appearance, card: QWidget) -> Sequence[QWidget]:
    state = EmptyState("Ask your own documents", "Answers say which page they come from.", card)
    state.offer(
        [
            Start("Add a folder", "Its documents are kept in step with it.", lambda: None),
            Start("Try the sample documents", "Four short texts about travel, leave and benefits.", lambda: None),
            Start("Just ask", "Without documents, the model answers from what it was trained on.", lambda: None),
        ]
    )
    return (state,)


def _errors(appearance: Appearance, card: QWidget) -> Sequence[QWidget]:
    helped, plain = ErrorRow(appearance, card), ErrorRow(appearance, card)
    too_large = AppError(ErrorCode.MODEL_DOES_NOT_FIT, model="Granite 3.3 8B", needed="9.1 GB", free="5.2 GB")
    helped.show_error(too_large, ("Use Qwen2.5 Coder 1.5B", lambda: None))
    plain.show_error(AppError(ErrorCode.UNKNOWN_CONVERSATION))
    return helped, plain


SECTIONS: Final[tuple[tuple[str, Make], ...]] = (
    ("AI disclosure", _disclosures),
    ("Answers: actions, versions, citations, support, rating", _answers),
    ("What is wrong with an answer", _complaint),
    ("Rail verdict", _rails),
    ("Passage card", _passages),
    ("Data class and device", _chips),
    ("Where it would go", _routes),
    ("Progress", _progress),
    ("Context meter", _meters),
    ("Error", _errors),
    ("Nothing there yet", _empty),
)


class Gallery(QMainWindow):
    """All sections, and what the looks can be set to."""

    def __init__(self, appearance: Appearance) -> None:
        super().__init__(windowTitle="Donjon · gallery")
        self._appearance = appearance
        self._scroll = QScrollArea(widgetResizable=True)
        page = QWidget(objectName="page")
        column = QVBoxLayout(page, spacing=0)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._looks())
        column.addWidget(self._scroll, 1)
        self.setCentralWidget(page)
        self.resize(appearance.theme.px(1280), 900)
        self.fill()

    def fill(self) -> None:
        """Make every component anew."""
        inner = QWidget()
        columns = QHBoxLayout(inner, spacing=24)
        columns.setContentsMargins(32, 20, 32, 24)
        half = len(SECTIONS) // 2
        for sections in (SECTIONS[:half], SECTIONS[half:]):
            column = QVBoxLayout(spacing=10)
            for title, make in sections:
                column.addWidget(QLabel(title, objectName="section"))
                column.addWidget(_card(make, self._appearance))
            column.addStretch(1)
            columns.addLayout(column, 1)
        self._scroll.setWidget(inner)

    def _looks(self) -> QWidget:
        top = QWidget(objectName="top")
        top.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        row = QHBoxLayout(top, spacing=16)
        row.setContentsMargins(32, 0, 32, 0)
        row.addWidget(QLabel(tr("Components"), objectName="title"))
        row.addStretch(1)
        for name, choices in (
            ("shade", ("light", "dark")),
            ("contrast", ("normal", "high")),
            ("text_scale", (80, 100, 150, 200)),
            ("density", ("comfortable", "compact")),
        ):
            choice = Choice(choices)
            if (now := getattr(self._appearance.look, name)) in choices:
                choice.choose(now)
            choice.chosen.connect(lambda value, name=name: self._wear(name, value))
            row.addWidget(choice)
        return top

    def _wear(self, name: str, value: str | int) -> None:
        self._appearance.wear(replace(self._appearance.look, **{name: value}))  # type: ignore[arg-type]
        self.fill()


def _in_a_row(*widgets: QWidget) -> QWidget:
    line = QWidget()
    row = QHBoxLayout(line, spacing=8)
    row.setContentsMargins(0, 0, 0, 0)
    for widget in widgets:
        row.addWidget(widget)
    row.addStretch(1)
    return line


def _card(make: Make, appearance: Appearance) -> QFrame:
    card = QFrame(objectName="card")
    column = QVBoxLayout(card, spacing=12)
    column.setContentsMargins(16, 14, 16, 14)
    for widget in make(appearance, card):
        column.addWidget(widget)
    return card


def show_gallery() -> int:
    """Show it until it is closed; return the exit code."""
    app = QApplication(sys.argv[:1])
    gallery = Gallery(Appearance(app))
    gallery.show()
    return app.exec()
