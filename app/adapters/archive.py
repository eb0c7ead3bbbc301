"""Zip files from elsewhere, unpacked without trusting them."""

import shutil
import zipfile
from pathlib import Path, PurePosixPath
from typing import Final

from app.adapters.verified_files import BLOCK

_FILES: Final = 200  # at most, in an embedder's archive


def unpack(archive: Path, target: Path, limit: int) -> None:
    """Unpack a zip file into a new folder; at most `limit` bytes, and nothing outside that folder.

    Raises ValueError for an archive that is damaged, too large, or has names that lead elsewhere.
    """
    try:
        with zipfile.ZipFile(archive) as packed:
            files = [info for info in packed.infolist() if not info.is_dir()]
            if len(files) > _FILES or sum(info.file_size for info in files) > limit:
                raise ValueError("the archive is larger than a model can be")
            for info in files:
                path = target / inside(info.filename)
                path.parent.mkdir(parents=True, exist_ok=True)
                with packed.open(info) as source, path.open("xb") as file:
                    shutil.copyfileobj(source, file, BLOCK)
    except (zipfile.BadZipFile, FileExistsError, NotImplementedError) as error:
        raise ValueError(f"the archive is damaged: {error}") from error


def inside(name: str) -> PurePosixPath:
    """The relative path that a name from elsewhere stands for. Raises ValueError if it leads out of its folder."""
    path = PurePosixPath(name)
    odd = "\\" in name or ":" in name or not name.isprintable() or name != str(path)
    if odd or path.is_absolute() or ".." in path.parts or path.parts == ():
        raise ValueError(f"there is a file with the name {name!r}, which leads out of its folder")
    return path
