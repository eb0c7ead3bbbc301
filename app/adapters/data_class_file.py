"""The classes of collections in one JSON file."""

import threading
from pathlib import Path

import msgspec

from app.domain.data_class import DataClass
from app.domain.errors import AppError, ErrorCode


class DataClassFile:
    """Serves the `DataClasses` port."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()

    def all(self) -> dict[str, DataClass]:
        """See the port."""
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=dict[str, DataClass])
        except FileNotFoundError:
            return {}
        except (OSError, msgspec.DecodeError) as error:
            raise AppError(
                ErrorCode.SETTINGS_INVALID, path=str(self._path), key="", reason=f"data classes: {error}"
            ) from error

    def put(self, collection: str, data_class: DataClass) -> None:
        """See the port."""
        with self._lock:
            classes = self.all() | {collection: data_class}
            draft = self._path.with_suffix(".new")
            try:
                draft.write_bytes(msgspec.json.format(msgspec.json.encode(classes), indent=2))
                draft.replace(self._path)
            except OSError as error:
                raise AppError(
                    ErrorCode.HOME_NOT_WRITABLE, path=str(self._path.parent), reason=str(error.strerror)
                ) from error
