"""Office Open XML packages (DOCX, PPTX, XLSX), made safe and plain before a library opens them.

The strict dialect is spelled as the transitional one, and macro-enabled files and templates as plain documents, since
the libraries know only those. What a package would load from elsewhere is noted, never followed.
"""

import io
import re
import zipfile
from typing import Final
from xml.etree.ElementTree import ParseError
from xml.parsers import expat

from app.domain.errors import AppError, ErrorCode
from app.worker.document_builder import DocumentBuilder
from app.worker.packed import open_packed, read_xml
from app.worker.untrusted_file import UntrustedFile

_STRICT: Final = re.compile(rb"http://purl\.oclc\.org/ooxml/(\w+)/")
_MAIN_TYPES: Final = {  # of what carries macros or is a template, and of the plain document it is otherwise
    b"application/vnd.ms-word.document.macroEnabled.main+xml": b"wordprocessingml.document",
    b"application/vnd.openxmlformats-officedocument.wordprocessingml.template.main+xml": b"wordprocessingml.document",
    b"application/vnd.ms-powerpoint.presentation.macroEnabled.main+xml": b"presentationml.presentation",
    b"application/vnd.openxmlformats-officedocument.presentationml.slideshow.main+xml": b"presentationml.presentation",
}
_PIECE: Final = 64 * 1024
_TYPES: Final = "[Content_Types].xml"
_FOLLOWED_BY_READERS: Final = ("/hyperlink",)  # a link that stands in the text is no danger to who reads it


def open_package(file: UntrustedFile, builder: DocumentBuilder) -> io.BytesIO:
    """The package as its library wants it. Raises AppError PARSE_BROKEN or PARSE_TOO_LARGE."""
    with open_packed(file) as archive:
        for member in archive.infolist():
            if member.filename.lower().endswith((".xml", ".rels")) and _declares_a_type(archive, member):
                raise AppError(
                    ErrorCode.PARSE_BROKEN, path=file.path, reason="it defines XML entities, which is unsafe"
                )
        _note(archive, builder)
        return _plain(file, archive)


def _note(archive: zipfile.ZipFile, builder: DocumentBuilder) -> None:
    """Note macros, comments and what lies elsewhere."""
    for name in archive.namelist():
        lower = name.lower()
        if lower.endswith("vbaproject.bin") or "/macrosheets/" in lower:
            builder.notice("macros", name)
        elif lower.endswith(".rels"):
            for target in _external_targets(archive, name):
                builder.notice("external_target", target)
        elif re.search(r"/comments[^/]*\.xml$|/comments/[^/]+\.xml$", lower):
            builder.notice("hidden_text", _text_of(archive, name))
        elif "/externallinks/" in lower:
            builder.notice("external_target", name)
        elif "/embeddings/" in lower:
            builder.notice("attachment_unread", name)


def _external_targets(archive: zipfile.ZipFile, name: str) -> list[str]:
    try:
        relations = read_xml(archive, name)
    except ParseError:
        return []
    return [
        relation.get("Target", "")
        for relation in relations
        if relation.get("TargetMode") == "External" and not relation.get("Type", "").endswith(_FOLLOWED_BY_READERS)
    ]


def _text_of(archive: zipfile.ZipFile, name: str) -> str:
    try:
        return " ".join(text.strip() for text in read_xml(archive, name).itertext() if text.strip())
    except ParseError:
        return ""


def _plain(file: UntrustedFile, archive: zipfile.ZipFile) -> io.BytesIO:
    """The same package where it is plain already, else one with other names in its XML."""
    types = archive.read(_TYPES) if _TYPES in archive.namelist() else b""
    is_strict = any(_is_strict(archive, name) for name in archive.namelist() if name.endswith("_rels/.rels"))
    if not is_strict and not any(kind in types for kind in _MAIN_TYPES):
        return io.BytesIO(file.data)
    plain = io.BytesIO()
    with zipfile.ZipFile(plain, "w", zipfile.ZIP_STORED) as copy:
        for member in archive.infolist():
            content = archive.read(member)
            if member.filename == _TYPES:
                for kind, other in _MAIN_TYPES.items():
                    content = content.replace(
                        kind, b"application/vnd.openxmlformats-officedocument." + other + b".main+xml"
                    )
            elif is_strict and member.filename.endswith((".xml", ".rels")):
                content = _STRICT.sub(rb"http://schemas.openxmlformats.org/\1/2006/", content)
            copy.writestr(member.filename, content)
    plain.seek(0)
    return plain


def _is_strict(archive: zipfile.ZipFile, name: str) -> bool:
    return _STRICT.search(archive.read(name)) is not None


def _declares_a_type(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bool:
    """Whether an XML part has a DOCTYPE: it is read as far as its first element."""
    seen: list[str] = []
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = lambda *_: seen.append("type")
    parser.StartElementHandler = lambda *_: seen.append("element")
    with archive.open(member) as part:
        while not seen and (piece := part.read(_PIECE)):
            try:
                parser.Parse(piece)
            except expat.ExpatError:
                break  # no XML: whoever needs the part will say so
    return seen[:1] == ["type"]
