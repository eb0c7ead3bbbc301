"""From tokens to text as they come: pieces of any length, characters split over tokens, stop strings held back."""

import codecs
from collections.abc import Callable, Sequence


class Detokeniser:
    """Turns tokens into text one by one; bytes of an unfinished character wait for the next token."""

    def __init__(self, piece: Callable[[int], bytes]) -> None:
        self._piece = piece
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def push(self, token: int) -> str:
        """The text that `token` completes; may be empty."""
        return self._decoder.decode(self._piece(token))

    def flush(self) -> str:
        """What is left at the end: a replacement character if the last one never got complete."""
        return self._decoder.decode(b"", final=True)


class StopStrings:
    """Lets text through until a stop string; holds back what may yet become one."""

    def __init__(self, stops: Sequence[str]) -> None:
        self._stops = tuple(stop for stop in stops if stop)
        self._held = ""
        self.found = False

    def push(self, text: str) -> str:
        """The text that can be shown now. Once a stop string is `found`, nothing after it ever is."""
        if not self._stops or self.found:
            return "" if self.found else text
        self._held += text
        first = min((place for stop in self._stops if (place := self._held.find(stop)) >= 0), default=-1)
        if first >= 0:
            self.found = True
            shown, self._held = self._held[:first], ""
            return shown
        keep = max(_overlap(self._held, stop) for stop in self._stops)
        cut = len(self._held) - keep
        shown, self._held = self._held[:cut], self._held[cut:]
        return shown

    def flush(self) -> str:
        """What was held back and did not become a stop string."""
        shown, self._held = self._held, ""
        return shown


def _overlap(text: str, stop: str) -> int:
    """The length of the longest end of `text` that `stop` begins with."""
    longest = min(len(text), len(stop) - 1)
    return next((size for size in range(longest, 0, -1) if text.endswith(stop[:size])), 0)
