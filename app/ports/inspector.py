"""Model files, read without trusting them."""

from pathlib import Path
from typing import Protocol

from app.domain.models import ModelHeader


class Inspector(Protocol):
    """Reads a model file's header in a process that may die of it."""

    def inspect(self, path: Path) -> ModelHeader:
        """What the file says of itself. Raises AppError MODEL_INVALID or FILE_NOT_FOUND."""
        ...
