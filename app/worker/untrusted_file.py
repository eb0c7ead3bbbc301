"""A file as the parsers get it: its bytes and the name it goes by, whether it lies on disk or in another file."""

from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Self


@dataclass(frozen=True, slots=True)
class UntrustedFile:
    """Nothing about it is believed, its name and suffix least of all."""

    path: str  # shown to people; of a part "archive.zip › report.pdf"
    data: bytes

    @classmethod
    def read(cls, path: Path) -> Self:
        """The file at a path."""
        return cls(str(path), path.read_bytes())

    @property
    def suffix(self) -> str:
        """Lower case, with the dot; "" without one."""
        return PurePath(self.path).suffix.lower()

    def part(self, name: str, data: bytes) -> "UntrustedFile":
        """A file inside this one."""
        return UntrustedFile(f"{self.path} › {name}", data)
