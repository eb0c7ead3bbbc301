"""Time."""

from typing import Protocol


class Clock(Protocol):
    """The present moment."""

    def now(self) -> str:
        """ISO 8601 in UTC, to the microsecond."""
        ...
