"""How far the documents of a collection may travel."""

from typing import Protocol

from app.domain.data_class import DataClass


class DataClasses(Protocol):
    """The class of each collection that has been classed."""

    def all(self) -> dict[str, DataClass]:
        """By collection. Raises AppError SETTINGS_INVALID for a file that cannot be read: nothing is guessed."""
        ...

    def put(self, collection: str, data_class: DataClass) -> None:
        """Class a collection. Raises AppError HOME_NOT_WRITABLE, SETTINGS_INVALID."""
        ...
