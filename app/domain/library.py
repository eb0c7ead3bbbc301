"""Documents as the library knows them: text, blocks, chunks, passages, problems.

Spans are half-open character offsets [start, end) into the document's full text,
which is the one string every quotation is cut from. Pages count from 1; a format
without pages has page 0. What counts as a page is the document's unit: a slide of a
presentation and a sheet of a workbook are pages too, and may have names.
"""

from dataclasses import dataclass, field
from typing import Literal

from app.domain.data_class import DataClass
from app.domain.errors import ErrorCode, Fact

DEFAULT_COLLECTION = "Documents"

BlockKind = Literal["heading", "paragraph", "list", "table", "code"]
Unit = Literal["page", "slide", "sheet", "part"]  # a part: a chapter, an attachment, a member of an archive
Where = Literal["device", "team"]  # where a document is kept: here, or on the team's server
EmbeddingStage = Literal["preparing", "embedding"]  # the embedder itself, made fit for this machine; then the chunks
NoticeKind = Literal["hidden_text", "macros", "external_target", "attachment_unread", "cut_short", "read_by_ocr"]


@dataclass(frozen=True, slots=True)
class Block:
    """One paragraph, heading, list, table or code listing of a document."""

    kind: BlockKind
    start: int
    end: int
    page: int = 0
    level: int = 0  # of a heading, 1 the highest


@dataclass(frozen=True, slots=True)
class Notice:
    """What a parser saw in a file and left out of its text, or did not follow."""

    kind: NoticeKind
    count: int
    detail: str = ""  # untrusted: a name or a short piece of what was seen


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """What a parser made of a file."""

    title: str
    text: str
    blocks: tuple[Block, ...]
    pages: int = 0
    pages_without_text: tuple[int, ...] = ()
    unit: Unit = "page"
    labels: tuple[str, ...] = ()  # the names of the pages, in order; empty where they are only numbered
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True)
class Chunk:
    """A run of blocks that is embedded and found as one."""

    start: int
    end: int
    page: int
    heading: str  # the path of headings it stands under, "Travel › Air travel"


@dataclass(frozen=True, slots=True)
class Document:
    """A document the library holds."""

    id: int
    path: str
    name: str
    title: str
    collection: str
    content_hash: str
    size: int
    pages: int
    chunks: int
    added_at: str  # ISO 8601, UTC
    unit: Unit = "page"
    modified_at: str = ""  # of the file, ISO 8601, UTC; "" where it is not known
    pages_without_text: int = 0
    notices: tuple[Notice, ...] = ()
    waiting: int = 0  # of its chunks, those that are found by their words but not yet by their meaning
    where: Where = "device"
    data_class: DataClass | None = None  # as the team's server says; None of a device's, whose collections are classed


@dataclass(frozen=True, slots=True)
class Source:
    """A file on its way into the library."""

    path: str
    name: str
    collection: str
    content_hash: str  # SHA-256, hex
    size: int
    modified_at: str = ""  # ISO 8601, UTC


@dataclass(frozen=True, slots=True)
class Problem:
    """A file that is not in the library, and why."""

    path: str
    code: ErrorCode
    facts: dict[str, Fact] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Passage:
    """A chunk as search found it; `scores` holds its rank scores by retriever, absent where not found."""

    document_id: int
    document: str
    path: str
    content_hash: str
    page: int
    start: int
    end: int
    heading: str
    text: str
    score: float
    scores: dict[str, float]
    collection: str = ""  # "" of passages kept before this was noted
    unit: Unit = "page"
    label: str = ""  # the name of its page, if it has one
    ranks: dict[str, int] = field(default_factory=dict)  # its place in each retriever's list, from 1
    where: Where = "device"
    data_class: DataClass | None = None  # as of its document


def place_name(unit: Unit, page: int, label: str) -> str:
    """What people call a page of a document: "page 3", "slide 3", "sheet Budget"; "" where there are no pages."""
    if not page:
        return ""
    return f"{unit} {label or page}" if unit in ("sheet", "part") else f"{unit} {page}"


@dataclass(frozen=True, slots=True)
class LibraryReport:
    """The state of the library after a check."""

    documents: int
    chunks: int
    indexed: int  # vectors the index can reach
    index_state: Literal["ready", "rebuilding", "exact"]
    problems: tuple[str, ...] = ()
    waiting: int = 0  # chunks that have no vector yet of the embedder that is wanted
    embedder: str = ""  # the runtime and size of the vectors that search looks at; "" if there are none
