"""A circuit breaker: after failures in a row nobody is asked for a while, then one request tries again."""

import threading

FAILURES = 3
REST_S = 30.0


class Circuit:
    """Counts failures in a row; thread-safe. Times are seconds of any clock that only goes forward."""

    def __init__(self, failures: int = FAILURES, rest_s: float = REST_S) -> None:
        self._limit = failures
        self._rest_s = rest_s
        self._lock = threading.Lock()
        self._failures = 0
        self._open_until = 0.0

    def rest(self, now: float) -> float:
        """Seconds until somebody may ask again; 0 if now. The first who asks after a rest holds the others back."""
        with self._lock:
            if self._failures < self._limit:
                return 0.0
            if now >= self._open_until:
                self._open_until = now + self._rest_s
                return 0.0
            return self._open_until - now

    def failed(self, now: float) -> None:
        """A request failed for no fault of its own."""
        with self._lock:
            self._failures += 1
            self._open_until = now + self._rest_s

    def succeeded(self) -> None:
        """A request was answered."""
        with self._lock:
            self._failures = 0
