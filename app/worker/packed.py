"""ZIP archives that are looked over before anything is unpacked, and XML that declares nothing."""

import io
import zipfile
from typing import Any

from defusedxml import ElementTree

from app.domain.errors import AppError, ErrorCode
from app.worker.untrusted_file import UntrustedFile

MAX_MEMBERS = 10_000
MAX_UNPACKED = 512 * 1024 * 1024
MAX_RATIO = 200  # unpacked to packed, of one member of more than a megabyte


def open_packed(file: UntrustedFile) -> zipfile.ZipFile:
    """The archive. Raises AppError PARSE_TOO_LARGE if it would unfold, PARSE_BROKEN if it is none."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(file.data))
        _check_sizes(file, archive.infolist())
        return archive
    except (zipfile.BadZipFile, NotImplementedError, OSError, EOFError, RuntimeError, ValueError) as error:
        raise AppError(ErrorCode.PARSE_BROKEN, path=file.path, reason=str(error)[:200]) from error


def is_locked(member: zipfile.ZipInfo) -> bool:
    """Whether a member is encrypted by the archive itself."""
    return bool(member.flag_bits & 1)


def read_xml(archive: zipfile.ZipFile, name: str) -> Any:
    """The root of an XML member; one with a document type, and so with entities, is refused."""
    return ElementTree.fromstring(archive.read(name), forbid_dtd=True)


def _check_sizes(file: UntrustedFile, members: list[zipfile.ZipInfo]) -> None:
    too_many = len(members) > MAX_MEMBERS
    too_much = sum(member.file_size for member in members) > MAX_UNPACKED
    too_dense = any(m.file_size > 1 << 20 and m.file_size > MAX_RATIO * max(m.compress_size, 1) for m in members)
    if too_many or too_much or too_dense:
        raise AppError(ErrorCode.PARSE_TOO_LARGE, path=file.path, reason="it unpacks to far more than it is")
