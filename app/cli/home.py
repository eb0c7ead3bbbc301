"""Where Donjon keeps what it stores when nobody names a folder."""

import os
from pathlib import Path

import platformdirs


def home_folder(named: Path | None = None) -> Path:
    """The named folder, else that of DONJON_HOME, else the system's place for a program's data."""
    from_environment = os.environ.get("DONJON_HOME")
    if named is None and from_environment:
        named = Path(from_environment)
    return named.expanduser().absolute() if named else platformdirs.user_data_path("Donjon", appauthor=False)
