"""EPUB: the chapters in their reading order, each a part under the name that the table of contents gives it."""

import posixpath
import zipfile
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from selectolax.lexbor import LexborHTMLParser

from app.domain.errors import AppError, ErrorCode
from app.domain.library import ParsedDocument
from app.worker.document_builder import DocumentBuilder
from app.worker.packed import is_locked, open_packed, read_xml
from app.worker.parse_html import add_html
from app.worker.untrusted_file import UntrustedFile

_CONTAINER: Final = "META-INF/container.xml"
_ENCRYPTION: Final = "META-INF/encryption.xml"
_FONT_SCRAMBLING: Final = (b"http://www.idpf.org/2008/embedding", b"http://ns.adobe.com/pdf/enc#RC")
_CHAPTERS: Final = ("application/xhtml+xml", "text/html")


def parse_epub(file: UntrustedFile) -> ParsedDocument:
    """Raises AppError PARSE_ENCRYPTED, PARSE_BROKEN, PARSE_TOO_LARGE or PARSE_NO_TEXT."""
    builder = DocumentBuilder(file.path)
    with open_packed(file) as archive:
        if any(is_locked(member) for member in archive.infolist()) or _is_protected(archive):
            raise AppError(ErrorCode.PARSE_ENCRYPTED, path=file.path)
        rootfile = read_xml(archive, _CONTAINER).find(".//{*}rootfile")
        if rootfile is None:
            raise AppError(ErrorCode.PARSE_BROKEN, path=file.path, reason="it names no book")
        book = rootfile.get("full-path", "")
        package = read_xml(archive, book)
        labels: list[str] = []
        names = _chapter_names(archive, book, package)
        for number, href in enumerate(_spine(package), 1):
            member = _inside(archive, book, href)
            labels.append(names.get(member, "") or f"{number}")
            if not member:
                builder.notice("external_target", href)
                continue
            add_html(builder, archive.read(member).decode("utf-8", "replace"), number)
    title = package.find(".//{http://purl.org/dc/elements/1.1/}title")
    named = " ".join((title.text or "").split()) if title is not None else ""
    return builder.finish(named, len(labels), unit="part", labels=tuple(labels))


def _is_protected(archive: zipfile.ZipFile) -> bool:
    """Whether more than fonts is encrypted."""
    if _ENCRYPTION not in archive.namelist():
        return False
    ways = [way.get("Algorithm", "").encode() for way in read_xml(archive, _ENCRYPTION).iter() if way.get("Algorithm")]
    return any(way not in _FONT_SCRAMBLING for way in ways)


def _spine(package: Any) -> list[str]:
    """Where the chapters lie, in reading order."""
    items = {item.get("id"): item for item in package.iterfind(".//{*}manifest/{*}item")}
    order = [items.get(reference.get("idref")) for reference in package.iterfind(".//{*}spine/{*}itemref")]
    return [i.get("href", "") for i in order if i is not None and i.get("media-type", "") in _CHAPTERS]


def _chapter_names(archive: zipfile.ZipFile, book: str, package: Any) -> dict[str, str]:
    """The names in the table of contents, by chapter."""
    names: dict[str, str] = {}
    for item in package.iterfind(".//{*}manifest/{*}item"):
        is_contents = (
            item.get("media-type") == "application/x-dtbncx+xml" or "nav" in item.get("properties", "").split()
        )
        member = _inside(archive, book, item.get("href", "")) if is_contents else ""
        if member:
            contents = LexborHTMLParser(archive.read(member).decode("utf-8", "replace"))
            for point in contents.css("navpoint"):
                target, label = point.css_first("content"), point.css_first("navlabel")
                if target is not None and label is not None:
                    names.setdefault(_inside(archive, member, target.attributes.get("src") or ""), _text(label))
            for link in contents.css("nav a"):
                names.setdefault(_inside(archive, member, link.attributes.get("href") or ""), _text(link))
    return names


def _text(node: Any) -> str:
    return " ".join(node.text().split())


def _inside(archive: zipfile.ZipFile, base: str, href: str) -> str:
    """The member that a link leads to; "" if it leads anywhere else."""
    target = urlsplit(href)
    if target.scheme or target.netloc or target.path.startswith("/"):
        return ""
    name = posixpath.normpath(posixpath.join(posixpath.dirname(base), unquote(target.path)))
    return name if name in archive.namelist() else ""
