"""RTF: paragraphs, headings and tables, by a reader that keeps no more than the state of the group it is in."""

import codecs
import re
from dataclasses import dataclass, replace
from typing import Final

from app.domain.errors import AppError, ErrorCode
from app.domain.library import ParsedDocument
from app.worker.document_builder import DocumentBuilder
from app.worker.untrusted_file import UntrustedFile

MAX_DEPTH: Final = 2000  # groups in groups

_TOKEN: Final = re.compile(
    rb"\\(?:(?P<word>[A-Za-z]{1,40})(?P<number>-?\d{1,10})? ?|'(?P<hex>[0-9A-Fa-f]{2})|(?P<symbol>[^A-Za-z]))"
    rb"|(?P<open>\{)|(?P<close>\})|(?P<text>[^\\{}\r\n]+)|(?P<newline>[\r\n]+)"
)
_UNSEEN: Final = frozenset(  # groups that hold no words of the page
    b"fonttbl colortbl stylesheet info pict object objdata header footer headerl headerr headerf footerl footerr "
    b"footerf fldinst themedata colorschememapping datastore listtable listoverridetable latentstyles rsidtbl "
    b"generator bkmkstart bkmkend annotation atnid atnauthor xe tc deleted nonshppict filetbl revtbl pn "
    b"pntxta pntxtb".split()
)
_WORDS: Final = {
    b"tab": "\t", b"line": "\n", b"emdash": "—", b"endash": "–", b"bullet": "•", b"lquote": "‘", b"rquote": "’",
    b"ldblquote": "“", b"rdblquote": "”", b"emspace": " ", b"enspace": " ", b"~": "\u00a0", b"_": "-", b"\\": "\\",
    b"{": "{", b"}": "}", b"\n": "\n", b"\r": "\n",
}  # fmt: skip
_CHARSETS: Final = {  # Windows' numbers for scripts
    77: "mac_roman", 128: "cp932", 129: "cp949", 134: "gbk", 136: "big5", 161: "cp1253", 162: "cp1254", 163: "cp1258",
    177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251", 222: "cp874", 238: "cp1250", 255: "cp437",
}  # fmt: skip
_CODE_PAGES: Final = {b"mac": "mac_roman", b"pc": "cp437", b"pca": "cp850"}


@dataclass(frozen=True, slots=True)
class _State:
    """What a group hands down to the groups in it."""

    unseen: bytes = b""  # the kind of group that is passed over
    hidden: bool = False
    skip: int = 1  # characters that stand for one \u
    font: int = -1
    style: int = 0


def parse_rtf(file: UntrustedFile) -> ParsedDocument:
    """Raises AppError PARSE_BROKEN, PARSE_TOO_LARGE or PARSE_EMPTY."""
    if not file.data.lstrip().startswith(b"{\\rtf"):
        raise AppError(ErrorCode.PARSE_BROKEN, path=file.path, reason="it does not begin as RTF does")
    return _Reader(file).read()


class _Reader:
    """Goes over the file once, from token to token."""

    def __init__(self, file: UntrustedFile) -> None:
        self._file = file
        self._builder = DocumentBuilder(file.path)
        self._state = _State()
        self._outer: list[_State] = []
        self._encoding = "cp1252"
        self._fonts: dict[int, str] = {}
        self._levels: dict[int, int] = {}  # of headings, by style
        self._names: list[str] = []  # of the style at hand
        self._bytes = bytearray()  # of the font's encoding, not yet text
        self._text: list[str] = []
        self._seen_not: list[str] = []
        self._cells: list[str] = []
        self._rows: list[str] = []
        self._in_table = False
        self._level = 0
        self._to_skip = 0
        self._ignorable = False

    def read(self) -> ParsedDocument:
        """The document."""
        data, place = self._file.data, 0
        while match := _TOKEN.search(data, place):
            place = match.end()
            kind = match.lastgroup
            if kind in ("number", "word"):
                word, number = match["word"], match["number"]
                if word == b"bin":
                    place += max(int(number or 0), 0)
                self._word(word, int(number) if number else None)
            elif kind == "open":
                self._open()
            elif kind == "close":
                self._close()
            elif kind == "hex":
                self._put_bytes(bytes([int(match["hex"], 16)]))
            elif kind == "symbol":
                self._symbol(match["symbol"])
            elif kind == "text":
                self._put_bytes(match["text"])
        self._end_paragraph()
        self._end_table()
        return self._builder.finish("")

    def _open(self) -> None:
        self._flush()
        if len(self._outer) >= MAX_DEPTH:
            raise AppError(ErrorCode.PARSE_BROKEN, path=self._file.path, reason="its groups lie too deep in each other")
        self._outer.append(self._state)
        self._ignorable = False

    def _close(self) -> None:
        self._flush()
        if self._state.unseen == b"stylesheet" and self._names:
            name = "".join(self._names).strip(" ;").lower()
            if found := re.fullmatch(r"(?:heading|überschrift|titre) (\d)", name):
                self._levels[self._state.style] = int(found[1])
            elif name == "title":
                self._levels[self._state.style] = 1
            self._names.clear()
        if self._outer:
            self._state = self._outer.pop()

    def _symbol(self, symbol: bytes) -> None:
        if symbol == b"*":
            self._ignorable = True
        elif symbol in (b"\n", b"\r"):
            self._word(b"par", None)
        elif symbol in _WORDS:
            self._put(_WORDS[symbol])

    def _word(self, word: bytes, number: int | None) -> None:
        ignorable, self._ignorable = self._ignorable, False
        if word in _UNSEEN or (ignorable and word != b"shppict"):
            self._flush()
            if word in (b"objdata", b"object"):
                self._builder.notice("attachment_unread", "embedded object")
            self._state = replace(self._state, unseen=self._state.unseen or word)
        elif word == b"u" and number is not None:
            self._put(chr(number % 0x10000))
            self._to_skip = self._state.skip
        elif word == b"uc":
            self._state = replace(self._state, skip=min(max(number or 0, 0), 10))
        elif word == b"f":
            self._flush()
            self._state = replace(self._state, font=number or 0)
        elif word == b"fcharset" and self._state.unseen == b"fonttbl":
            self._fonts[self._state.font] = _CHARSETS.get(number or 0, "")
        elif word in (b"ansicpg", *_CODE_PAGES):
            self._encoding = _known(f"cp{number}") if word == b"ansicpg" else _CODE_PAGES[word]
        elif word in _WORDS:
            self._put(_WORDS[word])
        elif not self._state.unseen or word in (b"s", b"v", b"plain"):
            self._format(word, number)

    def _format(self, word: bytes, number: int | None) -> None:
        """What shapes runs, paragraphs and tables."""
        if word == b"v" or word == b"plain":
            self._flush()
            self._state = replace(self._state, hidden=word == b"v" and number != 0)
        elif word == b"s":
            self._state = replace(self._state, style=number or 0)
            self._level = self._levels.get(number or 0, 0)
        elif word == b"outlinelevel":
            self._level = (number or 0) + 1 if (number or 0) < 9 else 0
        elif word == b"pard":
            self._in_table, self._level = False, 0
            self._state = replace(self._state, style=0)
        elif word == b"intbl":
            self._in_table = True
        elif word in (b"cell", b"nestcell"):
            self._flush()
            self._cells.append(" ".join(self._take_text().split()))
        elif word in (b"row", b"nestrow"):
            self._flush()
            self._rows.append(" | ".join(self._cells))
            self._cells.clear()
        elif word in (b"par", b"sect", b"page", b"column"):
            self._end_paragraph()

    def _put_bytes(self, content: bytes) -> None:
        skipped = min(self._to_skip, len(content))
        self._to_skip -= skipped
        self._bytes += content[skipped:]

    def _put(self, text: str) -> None:
        self._flush()
        self._to_skip = 0
        self._keep(text)

    def _flush(self) -> None:
        """Turn bytes into text by the encoding of their font."""
        if self._bytes:
            encoding = self._fonts.get(self._state.font) or self._encoding
            text = self._bytes.decode(encoding, "replace")
            self._bytes.clear()
            self._keep(text)

    def _keep(self, text: str) -> None:
        if self._state.unseen == b"stylesheet":
            self._names.append(text)
        elif self._state.unseen == b"annotation" or (self._state.hidden and not self._state.unseen):
            self._seen_not.append(text)
        elif not self._state.unseen:
            self._text.append(text)

    def _end_paragraph(self) -> None:
        self._flush()
        if hidden := "".join(self._seen_not).strip():
            self._builder.notice("hidden_text", hidden)
        self._seen_not.clear()
        if self._in_table:
            self._text.append("\n")
            return
        self._end_table()
        self._builder.add("heading" if self._level else "paragraph", self._take_text(), level=self._level)

    def _take_text(self) -> str:
        """What was kept so far, its halves of characters joined."""
        text = "".join(self._text).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        self._text.clear()
        return text

    def _end_table(self) -> None:
        if self._cells:
            self._rows.append(" | ".join(self._cells))
            self._cells.clear()
        self._builder.add("table", "\n".join(self._rows))
        self._rows.clear()


def _known(encoding: str) -> str:
    try:
        return codecs.lookup(encoding).name
    except LookupError:
        return "cp1252"
