"""Playbooks: where their files lie, and where runs are kept."""

from typing import Protocol

from app.domain.errors import AppError
from app.domain.playbook import Playbook
from app.domain.playbook_run import Run


class PlaybookFiles(Protocol):
    """The playbooks that can be run: the shipped ones, an administrator's, and the person's own."""

    def all(self) -> list[Playbook]:
        """All of them, by title."""
        ...

    def problems(self) -> list[AppError]:
        """Why files are left out: PLAYBOOK_INVALID."""
        ...


class PlaybookRuns(Protocol):
    """Runs of playbooks, so that each can be gone on with."""

    def all(self) -> list[Run]:
        """All runs, the one changed last first."""
        ...

    def get(self, run_id: int) -> Run:
        """One run. Raises AppError UNKNOWN_PLAYBOOK_RUN."""
        ...

    def add(self, run: Run) -> Run:
        """Keep a new run, with the number and the time it gets."""
        ...

    def save(self, run: Run) -> Run:
        """Keep what became of a run, with the time. Raises AppError UNKNOWN_PLAYBOOK_RUN."""
        ...

    def remove(self, run_id: int) -> None:
        """Forget a run. Raises AppError UNKNOWN_PLAYBOOK_RUN."""
        ...
