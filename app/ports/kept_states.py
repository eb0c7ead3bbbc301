"""What models remember of conversations on disk."""

from typing import Protocol


class KeptStates(Protocol):
    """The KV states of all models."""

    def forget(self, conversation: str) -> None:
        """Delete what is kept of a conversation, whichever model read it."""
        ...
