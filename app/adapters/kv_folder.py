"""The folder of KV states, seen from outside the worker that writes it: states are only ever deleted here."""

from pathlib import Path

from app.domain.models import KvStore


class KvFolder:
    """Implements `ports.kept_states.KeptStates`."""

    def __init__(self, store: KvStore) -> None:
        self._folder = Path(store.folder)

    def forget(self, conversation: str) -> None:
        """See `KeptStates.forget`."""
        self._delete(f"{KvStore.stem(conversation)}-*")

    def clear(self) -> None:
        """Delete all states."""
        self._delete("*")

    def _delete(self, pattern: str) -> None:
        for path in self._folder.glob(pattern):
            path.unlink(missing_ok=True)
