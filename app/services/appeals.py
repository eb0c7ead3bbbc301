"""Objections to verdicts of rails: kept on this device, for whoever sets the rails right."""

from app.domain.appeals import LONGEST, Appeal, RailNotice
from app.ports.appeals import AppealStore
from app.ports.clock import Clock
from app.services.audit import Audit


class Appeals:
    """Takes objections; the ledger knows that there was one, never its words."""

    def __init__(self, store: AppealStore, audit: Audit, clock: Clock) -> None:
        self._store = store
        self._audit = audit
        self._clock = clock

    def make(self, notice: RailNotice, text: str) -> Appeal:
        """Keep what a person says against a verdict; they need not give a reason. Raises AppError LEDGER_UNWRITABLE."""
        said = text.strip()[:LONGEST]
        self._audit.verdict_appealed(notice.rail, notice.where, notice.kinds, said)
        return self._store.add(self._clock.now(), notice.rail, notice.where, notice.kinds, said)

    def all(self) -> list[Appeal]:
        """All of them, oldest first."""
        return self._store.all()

    def forget(self, appeal_id: int) -> None:
        """Forget one."""
        self._store.remove(appeal_id)
