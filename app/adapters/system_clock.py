"""The machine's clock."""

from datetime import UTC, datetime


class SystemClock:
    """Serves the `Clock` port."""

    def now(self) -> str:
        """ISO 8601 in UTC, to the millisecond."""
        return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
