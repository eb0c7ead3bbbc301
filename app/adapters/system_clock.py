"""The machine's clock."""

from datetime import UTC, datetime


class SystemClock:
    """Serves the `Clock` port."""

    def now(self) -> str:
        """ISO 8601 in UTC, to the microsecond, so that what follows in one breath keeps its order."""
        return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
