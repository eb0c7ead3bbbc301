"""Server-sent events (WHATWG HTML, 9.2), parsed as they come and within bounds: only their data is of interest."""

from typing import Final

MAX_EVENT: Final = 1 << 20  # bytes of one event, and of one line


class EventTooLarge(ValueError):
    """An event that does not end within bounds."""


class EventParser:
    """Bytes in, the data of each complete event out; pieces may be cut anywhere."""

    def __init__(self, max_event: int = MAX_EVENT) -> None:
        self._max_event = max_event
        self._line = bytearray()  # begun, not ended
        self._data: list[bytes] = []
        self._size = 0  # of what is in `_data`
        self._after_return = False  # a line feed that follows belongs to the line end before it
        self._first = True

    def feed(self, piece: bytes) -> list[str]:
        """The data of the events that this piece completes. Raises EventTooLarge."""
        if self._after_return and piece:
            piece = piece.removeprefix(b"\n")
            self._after_return = False
        self._after_return = piece.endswith(b"\r")
        lines = piece.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        events: list[str] = []
        for position, line in enumerate(lines):
            if len(self._line) + len(line) + self._size > self._max_event:
                raise EventTooLarge(f"an event of more than {self._max_event} bytes")
            self._line += line
            if position < len(lines) - 1:
                self._end_line(events)
        return events

    def _end_line(self, events: list[str]) -> None:
        line = bytes(self._line)
        self._line.clear()
        if self._first:
            line, self._first = line.removeprefix(b"\xef\xbb\xbf"), False
        if not line:
            if self._data:
                events.append(b"\n".join(self._data).decode("utf-8", "replace"))
            self._data, self._size = [], 0
            return
        name, _, value = line.partition(b":")
        if name == b"data":
            value = value.removeprefix(b" ")
            self._data.append(value)
            self._size += len(value) + 1
