"""A token by which one thread asks another to stop."""

import threading
from collections.abc import Callable

from app.domain.errors import Cancelled


class Cancel:
    """Set once, from any thread; the work checks it, or is called back."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._set = False
        self._callbacks: list[Callable[[], None]] = []

    def set(self) -> None:
        """Ask the work to stop; callbacks run in this thread, once."""
        with self._lock:
            if self._set:
                return
            self._set = True
            callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            callback()

    def is_set(self) -> bool:
        """Whether somebody asked."""
        return self._set

    def check(self) -> None:
        """Raise `Cancelled` if somebody asked."""
        if self._set:
            raise Cancelled

    def wait(self, seconds: float) -> None:
        """Sleep, but no longer than until somebody asks."""
        asked = threading.Event()
        self.subscribe(asked.set)
        try:
            asked.wait(seconds)
        finally:
            self.unsubscribe(asked.set)

    def subscribe(self, callback: Callable[[], None]) -> None:
        """Call back when set; at once if it is already."""
        with self._lock:
            if not self._set:
                self._callbacks.append(callback)
                return
        callback()

    def unsubscribe(self, callback: Callable[[], None]) -> None:
        """Forget a callback; nothing happens if it is unknown or has been called."""
        with self._lock:
            if callback in self._callbacks:
                self._callbacks.remove(callback)
