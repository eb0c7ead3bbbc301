"""The listings and tables of a text, to be copied and saved one by one, and the text without its Markdown."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from markdown_it.token import Token

from app.ui.chat.marks import without_flags
from app.ui.chat.syntax import parse

LISTINGS: Final = frozenset({"fence", "code_block"})
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t")  # of a cell that a spreadsheet would compute


@dataclass(frozen=True, slots=True)
class Listing:
    """Code, as it was written."""

    language: str
    code: str

    @property
    def name(self) -> str:
        """What it is asked for by."""
        return _digest(self.code)


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells, the first of them the head; each cell as its Markdown and as plain text."""

    source: tuple[tuple[str, ...], ...]
    plain: tuple[tuple[str, ...], ...]

    @property
    def name(self) -> str:
        """What it is asked for by."""
        return _digest(repr(self.source))

    def markdown(self) -> str:
        """The table as Markdown."""
        head, *rows = (f"| {' | '.join(row)} |" for row in self.source)
        return "\n".join([head, f"|{' --- |' * len(self.source[0])}", *rows]) + "\n"

    def separated(self, separator: str) -> str:
        """The table with a separator between cells; no cell is a formula to a spreadsheet."""
        out = io.StringIO()
        rows = csv.writer(out, delimiter=separator, lineterminator="\n")
        rows.writerows([_inert(cell) for cell in row] for row in self.plain)
        return out.getvalue()


def listing_of(token: Token) -> Listing:
    """The listing that a token is."""
    return Listing(token.info.split()[0] if token.info.split() else "", without_flags(token.content))


def table_at(tokens: Sequence[Token], start: int) -> Table:
    """The table whose opening token is at `start`."""
    source: list[list[str]] = []
    plain: list[list[str]] = []
    for token in tokens[start:]:
        if token.type == "table_close":
            break
        if token.type == "tr_open":
            source.append([])
            plain.append([])
        elif token.type == "inline":
            source[-1].append(without_flags(token.content).replace("|", "\\|"))
            plain[-1].append(without_flags(_said(token)))
    return Table(tuple(map(tuple, source)), tuple(map(tuple, plain)))


def listings(text: str) -> list[Listing]:
    """The listings of a text, in order."""
    return [listing_of(token) for token in parse(text) if token.type in LISTINGS]


def tables(text: str) -> list[Table]:
    """The tables of a text, in order."""
    tokens = parse(text)
    return [table_at(tokens, at) for at, token in enumerate(tokens) if token.type == "table_open"]


def find_listing(text: str, name: str) -> Listing | None:
    """The listing of this name."""
    return next((listing for listing in listings(text) if listing.name == name), None)


def find_table(text: str, name: str) -> Table | None:
    """The table of this name."""
    return next((table for table in tables(text) if table.name == name), None)


def plain_text(text: str) -> str:
    """The text as it reads, without its Markdown."""
    return "\n".join(_plain_lines(parse(text))).strip("\n") + "\n"


def _plain_lines(tokens: Sequence[Token]) -> Iterator[str]:
    counts: list[int | None] = []  # of the lists around: the next number, None for bullets
    item, cells, in_cell = "", list[str](), False
    for token in tokens:
        match token.type:
            case "bullet_list_open":
                counts.append(None)
            case "ordered_list_open":
                counts.append(int(token.attrGet("start") or 1))
            case "bullet_list_close" | "ordered_list_close":
                counts.pop()
                if not counts:
                    yield ""
            case "list_item_open":
                number = counts[-1]
                item = "  " * (len(counts) - 1) + ("- " if number is None else f"{number}. ")
                counts[-1] = None if number is None else number + 1
            case "th_open" | "td_open":
                in_cell = True
            case "inline" if in_cell:
                cells.append(_said(token))
                in_cell = False
            case "inline":
                yield item + _said(token)
                item = ""
            case "paragraph_close" | "heading_close" if not counts:
                yield ""
            case "fence" | "code_block" | "formula_block":
                yield from (token.content.rstrip("\n"), "")
            case "tr_close":
                yield "\t".join(cells)
                cells = []
            case "table_close":
                yield ""


def _said(inline: Token) -> str:
    """What a line says, and where its links lead."""
    pieces: list[str] = []
    target, shown = "", 0
    for token in inline.children or ():
        match token.type:
            case "softbreak" | "hardbreak":
                pieces.append("\n")
            case "link_open":
                target, shown = str(token.attrGet("href")), len(pieces)
            case "link_close":
                pieces.append("" if "".join(pieces[shown:]) == target else f" ({target})")
            case "image":
                pieces.append(f"[{token.content}]")
            case _:
                pieces.append(token.content)
    return "".join(pieces)


def _inert(cell: str) -> str:
    cell = cell.replace("\n", " ")
    return f"'{cell}" if cell.startswith(_FORMULA_STARTS) and not _is_number(cell) else cell


def _is_number(cell: str) -> bool:
    return cell[1:].replace(".", "").replace(",", "").removesuffix("%").strip().isdigit()


def _digest(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:24]
