"""What the rails did to what is asked and answered, told above the page; objections are kept."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.domain.appeals import RailNotice, notice_of
from app.domain.events import RailVerdict
from app.domain.texts import Text
from app.services.appeals import Appeals
from app.ui.background import Background
from app.ui.theme import Appearance
from app.ui.translate import tr
from app.ui.widgets.rail_verdict import RailNote


class RailNotes(RailNote):
    """The newest verdict, until it is closed or the next question is asked."""

    failed = Signal(object)

    def __init__(
        self, service: Appeals, background: Background, appearance: Appearance, parent: QWidget | None = None
    ) -> None:
        super().__init__(appearance, parent)
        self._service = service
        self._background = background
        self._notice: RailNotice | None = None
        self.appealed.connect(self._keep)
        self.hide()

    def tell(self, verdict: RailVerdict) -> None:
        """Say what was found."""
        self.tell_notice(notice_of(verdict))

    def tell_notice(self, notice: RailNotice) -> None:
        """Say what was found or held back."""
        self._notice = notice
        what, why, kinds = notice.what, tr(notice.why), ", ".join(map(tr, notice.kinds))
        if kinds and notice.blocked:
            what = Text(what.template, **{**what.facts, "kinds": kinds})
        elif kinds:
            why = tr("Found: {kinds}. {why}", kinds=kinds, why=why)
        self.show_verdict(tr(what), why, blocked=notice.blocked)
        self.show()

    def _keep(self, text: str) -> None:
        notice = self._notice
        if notice is not None:
            self._background.call(lambda: self._service.make(notice, text), lambda _: None, self.failed.emit)
