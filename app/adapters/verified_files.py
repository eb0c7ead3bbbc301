"""Files that can be relied on: hashed as a whole, written all or nothing."""

import hashlib
import os
from pathlib import Path
from typing import Final

from app.domain.cancel import Cancel

BLOCK: Final = 1 << 20


def sha256(path: Path, cancel: Cancel) -> str:
    """The file's SHA-256, hex. Raises Cancelled."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            cancel.check()
            digest.update(block)
    return digest.hexdigest()


def write_whole(path: Path, content: bytes) -> None:
    """Write a small file so that a reader sees the old content or the new one, also after a power cut."""
    staged = path.with_suffix(path.suffix + ".new")
    with staged.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    staged.replace(path)


def settle(path: Path) -> None:
    """Have the file's bytes on the disk before it gets a name that says so."""
    with path.open("r+b") as file:
        os.fsync(file.fileno())
