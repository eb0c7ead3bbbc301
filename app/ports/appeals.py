"""Where objections to verdicts of rails are kept."""

from typing import Protocol

from app.domain.appeals import Appeal


class AppealStore(Protocol):
    """Objections, in the order in which they were made."""

    def add(self, at: str, rail: str, where: str, kinds: tuple[str, ...], text: str) -> Appeal:
        """Keep one."""
        ...

    def all(self) -> list[Appeal]:
        """All of them, oldest first."""
        ...

    def remove(self, appeal_id: int) -> None:
        """Forget one; one that is gone already is no error."""
        ...
