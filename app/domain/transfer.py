"""How fast something comes and when it will be here, from what came in the last seconds."""

from collections import deque
from typing import Final

WINDOW_S: Final = 10.0  # long enough to calm the figure, short enough to follow a change of network
STEP_S: Final = 0.2  # samples closer than this say nothing new


class TransferRate:
    """A sliding window over (time, bytes so far); bytes that were here at the start do not count as fast."""

    def __init__(self) -> None:
        self._samples: deque[tuple[float, int]] = deque()

    def measure(self, at_s: float, done: int, total: int) -> tuple[float, float | None]:
        """Note `done` bytes at a time; bytes per second, and the seconds that are left if that can be said."""
        while len(self._samples) > 1 and self._samples[1][0] <= at_s - WINDOW_S:
            self._samples.popleft()
        if not self._samples or at_s - self._samples[-1][0] >= STEP_S:
            self._samples.append((at_s, done))
        since_s, before = self._samples[0]
        passed_s = at_s - since_s
        if passed_s < STEP_S:
            return 0.0, 0.0 if done >= total else None
        rate = (done - before) / passed_s
        if done >= total:
            return rate, 0.0
        return rate, (total - done) / rate if rate > 0 else None
