"""Puts a document together from blocks, one blank line between them, and keeps their spans."""

import re
from typing import Final

from app.domain.errors import AppError, ErrorCode
from app.domain.library import Block, BlockKind, Notice, NoticeKind, ParsedDocument, Unit

MAX_CHARACTERS = 20_000_000  # of text; a file that unfolds to more is not a document
MAX_BLOCKS = 200_000  # together with the longest text they still fit into one frame of `wire`
MAX_BYTES = 48_000_000
NOTICE_DETAIL = 200  # characters kept of the first thing of each kind that is noted

_SEPARATOR = "\n\n"
_UNWRITABLE: Final = re.compile("[\x00\r\ud800-\udfff]")


class DocumentBuilder:
    """Collects blocks in reading order. Raises AppError PARSE_TOO_LARGE when they become too much."""

    def __init__(self, path: str, limit: int = MAX_CHARACTERS) -> None:
        self._path = path
        self._limit = limit
        self._texts: list[str] = []
        self._blocks: list[Block] = []
        self._notices: dict[NoticeKind, list[str]] = {}
        self._length = 0
        self._bytes = 0

    def add(self, kind: BlockKind, text: str, page: int = 0, level: int = 0) -> None:
        """Add a block; one without a visible character is left out."""
        clean = "\n".join(line.rstrip() for line in _UNWRITABLE.sub("", text).split("\n")).strip("\n")
        if not clean.strip():
            return
        start = self._length + (len(_SEPARATOR) if self._texts else 0)
        self._length = start + len(clean)
        self._bytes += len(clean.encode("utf-8"))
        if self._length > self._limit:
            raise self._too_large(f"more than {self._limit // 1_000_000} M characters")
        if self._bytes > MAX_BYTES:
            raise self._too_large(f"more than {MAX_BYTES // 1_000_000} MB of text")
        if len(self._blocks) == MAX_BLOCKS:
            raise self._too_large(f"more than {MAX_BLOCKS} paragraphs")
        self._texts.append(clean)
        self._blocks.append(Block(kind, start, self._length, page, level))

    def notice(self, kind: NoticeKind, detail: str = "") -> None:
        """Note something that is left out of the text or not followed."""
        self._notices.setdefault(kind, []).append(" ".join(_UNWRITABLE.sub("", detail).split())[:NOTICE_DETAIL])

    def finish(
        self,
        title: str,
        pages: int = 0,
        pages_without_text: tuple[int, ...] = (),
        *,
        unit: Unit = "page",
        labels: tuple[str, ...] = (),
    ) -> ParsedDocument:
        """The document. Raises AppError PARSE_EMPTY, or PARSE_NO_TEXT if there are pages but no text on them."""
        if not self._blocks:
            if pages:
                raise AppError(ErrorCode.PARSE_NO_TEXT, path=self._path, pages=pages)
            raise AppError(ErrorCode.PARSE_EMPTY, path=self._path)
        text = _SEPARATOR.join(self._texts)
        notices = tuple(Notice(kind, len(seen), seen[0]) for kind, seen in self._notices.items())
        return ParsedDocument(
            title or self._first_heading(text),
            text,
            tuple(self._blocks),
            pages,
            pages_without_text,
            unit,
            tuple(" ".join(_UNWRITABLE.sub("", label).split())[:200] for label in labels),
            notices,
        )

    def _first_heading(self, text: str) -> str:
        heading = next((b for b in self._blocks if b.kind == "heading"), None)
        return " ".join(text[heading.start : heading.end].split())[:200] if heading else ""

    def _too_large(self, reason: str) -> AppError:
        return AppError(ErrorCode.PARSE_TOO_LARGE, path=self._path, reason=reason)
