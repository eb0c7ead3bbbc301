"""ZIP archives: every member that can be read is a part; names that point elsewhere are refused."""

import zipfile
from pathlib import PurePosixPath
from typing import Final

from app.domain.errors import AppError, ErrorCode
from app.domain.library import ParsedDocument
from app.worker.document_builder import DocumentBuilder
from app.worker.packed import is_locked, open_packed
from app.worker.parts import ParsePart, Parts
from app.worker.untrusted_file import UntrustedFile

MAX_MEMBER: Final = 100 * 1024 * 1024
_LINK: Final = 0o120000


def parse_zip(file: UntrustedFile, parse: ParsePart) -> ParsedDocument:
    """Raises AppError PARSE_TOO_LARGE, PARSE_BROKEN, PARSE_ENCRYPTED, or the fault of its members if none has text."""
    builder = DocumentBuilder(file.path)
    parts = Parts(builder, parse)
    seen: set[str] = set()
    with open_packed(file) as archive:
        members = [member for member in archive.infolist() if not member.is_dir()]
        if members and all(is_locked(member) for member in members):
            raise AppError(ErrorCode.PARSE_ENCRYPTED, path=file.path)
        for member in members:
            if reason := _refusal(member, seen):
                builder.notice("attachment_unread", f"{member.filename}: {reason}")
                continue
            seen.add(member.filename.casefold())
            if not _is_clutter(member.filename):
                try:
                    data = archive.read(member)
                except (zipfile.BadZipFile, NotImplementedError, OSError, EOFError, ValueError) as error:
                    builder.notice("attachment_unread", f"{member.filename}: {error}")
                    continue
                parts.add(file.part(member.filename, data), member.filename)
    return parts.finish("")


def _refusal(member: zipfile.ZipInfo, seen: set[str]) -> str:
    """Why a member is not read; "" if it may be."""
    name = member.filename.replace("\\", "/")
    if name.startswith("/") or ".." in PurePosixPath(name).parts or (len(name) > 1 and name[1] == ":"):
        return "its name points outside the archive"
    if (member.external_attr >> 16) & 0o170000 == _LINK:
        return "it is a link"
    if member.filename.casefold() in seen:
        return "its name comes twice"
    if member.file_size > MAX_MEMBER:
        return f"it is larger than {MAX_MEMBER // 2**20} MiB"
    return "it is encrypted" if is_locked(member) else ""


def _is_clutter(name: str) -> bool:
    """Whether it is what an operating system keeps for itself."""
    return name.startswith("__MACOSX/") or PurePosixPath(name).name in (".DS_Store", "Thumbs.db", "desktop.ini")
