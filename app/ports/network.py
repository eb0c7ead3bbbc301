"""The record of what leaves the machine."""

from typing import Protocol

from app.domain.audit import Connection


class NetworkLog(Protocol):
    """Told of every request before it is made and after it ended."""

    def network_opened(self, connection: Connection) -> int:
        """Record it; the entry's number. Raises AppError LEDGER_UNWRITABLE; then nothing may be sent."""
        ...

    def network_closed(self, opened: int, outcome: str, received: int) -> None:
        """Record how it ended and how many bytes came. Raises AppError LEDGER_UNWRITABLE."""
        ...
