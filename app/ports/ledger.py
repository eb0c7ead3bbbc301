"""The record of what was asked and answered."""

from collections.abc import Iterator
from typing import Protocol

from app.domain.audit import Entry, JsonValue, Verification


class Ledger(Protocol):
    """Append-only and hash-chained."""

    def append(self, kind: str, facts: dict[str, JsonValue]) -> Entry:
        """Write one entry durably. Raises AppError LEDGER_UNWRITABLE; then the act it records must not happen."""
        ...

    def entries(self) -> Iterator[Entry]:
        """All entries, oldest first."""
        ...

    def verify(self) -> Verification:
        """Whether the chain holds from the first entry to the recorded head."""
        ...
