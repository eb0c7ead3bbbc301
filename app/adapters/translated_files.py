"""Which files of a folder hold content, and which hold it in another language: NAME.toml and NAME.de.toml."""

import re
import tomllib
from pathlib import Path
from typing import Final

ENGLISH: Final = "en"
_TRANSLATION: Final = re.compile(r".+\.[a-z]{2}\.toml")


def originals(folder: Path) -> list[Path]:
    """The TOML files that are no translations, by name."""
    return [path for path in sorted(folder.glob("*.toml")) if not _TRANSLATION.fullmatch(path.name)]


def translation(original: Path, language: str) -> Path | None:
    """The file that says the same in a language; None if nobody translated it."""
    path = original.with_name(f"{original.stem}.{language}.toml")
    return path if path.is_file() else None


def read_translations(path: Path) -> dict[str, str]:
    """The texts of the code in a language, by their English."""
    with path.open("rb") as file:
        return {row["en"]: row["text"] for row in tomllib.load(file)["texts"]}
