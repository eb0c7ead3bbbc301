"""Puts a document together from the files inside a container: messages and their attachments, members of an archive."""

from collections.abc import Callable
from typing import Final

from app.domain.errors import AppError, ErrorCode
from app.domain.library import ParsedDocument
from app.worker.document_builder import DocumentBuilder
from app.worker.untrusted_file import UntrustedFile

MAX_PARTS = 2000
MAX_DEPTH = 2  # containers inside a container

ParsePart = Callable[[UntrustedFile], ParsedDocument]

_INSIDE: Final = " › "


class Parts:
    """Collects parts in order, each under its name; what cannot be read is noted and does not stop the rest."""

    def __init__(self, builder: DocumentBuilder, parse: ParsePart) -> None:
        self.labels: list[str] = []
        self._builder = builder
        self._parse = parse
        self._error: AppError | None = None

    def begin(self, label: str) -> int:
        """Start a part that the container itself fills; gives its number."""
        self.labels.append(label)
        return len(self.labels)

    def add(self, file: UntrustedFile, label: str) -> None:
        """Add a file as a part, and the parts of a container as parts of their own."""
        if len(self.labels) >= MAX_PARTS:
            self._builder.notice("cut_short", f"more than {MAX_PARTS} parts: {label}")
            return
        try:
            document = self._parse(file)
        except AppError as error:
            self._error = self._error or error
            self._builder.notice("attachment_unread", f"{label}: {error.code.value}")
            return
        first = len(self.labels)
        nested = document.labels if document.unit == "part" else ()
        self.labels.extend(f"{label}{_INSIDE}{name}" for name in nested)
        if not nested:
            self.labels.append(label)
        self._builder.add("heading", label, first + 1, 1)
        for block in document.blocks:
            page = first + (block.page if nested else 1)
            self._builder.add(block.kind, document.text[block.start : block.end], page, block.level and block.level + 1)
        for notice in document.notices:
            for _ in range(notice.count):
                self._builder.notice(notice.kind, f"{label}: {notice.detail}")

    def finish(self, title: str) -> ParsedDocument:
        """The document. Raises what went wrong with the first part if there is no text in any."""
        try:
            return self._builder.finish(title, len(self.labels), unit="part", labels=tuple(self.labels))
        except AppError as empty:
            raise self._error or AppError(ErrorCode.PARSE_EMPTY, path=str(empty.facts["path"])) from empty
