"""Which models have crashed their process: a small file that outlives the app."""

import contextlib
import threading
from pathlib import Path

import msgspec

import app
from app.domain.errors import AppError, ErrorCode
from app.domain.models import InstalledModel

FAULTS_ALLOWED = 1  # native faults since the last good answer; one more, and the model is not tried again by itself


class _Record(msgspec.Struct):
    file: str  # which very file, and which Donjon: another of either is tried afresh
    faults: int


class Quarantine:
    """Counts a model's native faults since its last good answer."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()

    def check(self, model: InstalledModel) -> None:
        """Raises AppError MODEL_QUARANTINED."""
        faults = self._faults(self._read(), model)
        if faults > FAULTS_ALLOWED:
            raise AppError(ErrorCode.MODEL_QUARANTINED, model=model.name, faults=faults)

    def add_fault(self, model: InstalledModel) -> None:
        """The model's process died of it."""
        with self._lock:
            records = self._read()
            records[model.id] = _Record(_identity(model), self._faults(records, model) + 1)
            self._write(records)

    def clear(self, model: InstalledModel) -> None:
        """The model has given a good answer."""
        with self._lock:
            records = self._read()
            if records.pop(model.id, None) is not None:
                self._write(records)

    def _faults(self, records: dict[str, _Record], model: InstalledModel) -> int:
        record = records.get(model.id)
        return record.faults if record is not None and record.file == _identity(model) else 0

    def _read(self) -> dict[str, _Record]:
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=dict[str, _Record])
        except (FileNotFoundError, msgspec.DecodeError):
            return {}  # a damaged record only means that models are tried again

    def _write(self, records: dict[str, _Record]) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        draft = self._path.with_suffix(".new")
        draft.write_bytes(msgspec.json.encode(records))
        draft.replace(self._path)


def _identity(model: InstalledModel) -> str:
    changed = 0
    with contextlib.suppress(FileNotFoundError):
        changed = Path(model.path).stat().st_mtime_ns
    return f"{model.sha256} {changed} {app.__version__}"
