"""Where prompts are kept."""

from pathlib import Path
from typing import Protocol

from app.domain.errors import AppError
from app.domain.prompt_library import Prompt, PromptVersion


class PromptStore(Protocol):
    """The prompts that come with the program, those of the company, and the person's own."""

    def all(self) -> tuple[list[Prompt], list[AppError]]:
        """The prompts of all sets, and what is wrong with files that were left out."""

    def keep(self, version: PromptVersion) -> None:
        """Keep a version of a prompt of the person's own, which is not there yet.

        Raises AppError PROMPT_INVALID, HOME_NOT_WRITABLE.
        """

    def remove(self, prompt_id: str) -> None:
        """Forget a prompt of the person's own, with all its versions. Raises AppError HOME_NOT_WRITABLE."""

    def read(self, path: Path) -> PromptVersion:
        """What a file holds. Raises AppError PROMPT_INVALID for what is no prompt that could be used."""
