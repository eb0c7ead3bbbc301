"""One process per home: an exclusive lock that the operating system drops when its holder dies."""

import json
import os
from datetime import datetime
from pathlib import Path
from typing import Self

from app.adapters.file_lock import try_lock
from app.domain.errors import AppError, ErrorCode, Fact


class HomeLock:
    """Holds `<home>/donjon.lock` inside a `with`; the file says who holds it, in which role, and since when."""

    def __init__(self, home: Path, role: str) -> None:
        self._home = home
        self._role = role

    def __enter__(self) -> Self:
        """Take the lock. Raises AppError HOME_IN_USE with its holder, or HOME_NOT_WRITABLE."""
        home = self._home
        try:
            home.mkdir(parents=True, exist_ok=True, mode=0o700)
            home.chmod(0o700)  # one made earlier, or by somebody else's umask: databases in it are files as usual
            self._descriptor = os.open(home / "donjon.lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            reason = error.strerror or str(error)
            raise AppError(ErrorCode.HOME_NOT_WRITABLE, path=str(home), reason=reason) from error
        if not try_lock(self._descriptor):
            holder = _holder(self._descriptor)
            os.close(self._descriptor)
            raise AppError(ErrorCode.HOME_IN_USE, path=str(home), **holder)
        os.lseek(self._descriptor, 0, os.SEEK_SET)
        os.ftruncate(self._descriptor, 0)
        since = datetime.now().astimezone().strftime("%Y-%m-%d %H:%M:%S")
        os.write(self._descriptor, json.dumps({"pid": os.getpid(), "role": self._role, "since": since}).encode())
        return self

    def __exit__(self, *exception: object) -> None:
        """Let another process have the home."""
        os.close(self._descriptor)


def _holder(descriptor: int) -> dict[str, Fact]:
    """What the holder wrote of itself; it may be just about to."""
    os.lseek(descriptor, 0, os.SEEK_SET)
    try:
        holder = json.loads(os.read(descriptor, 1000))
        return {name: str(holder[name]) for name in ("pid", "role", "since")}
    except (ValueError, KeyError, TypeError):
        return {}
