"""Which kinds of file the library reads, and by which names they go."""

from typing import Final, Literal

Format = Literal[
    "pdf", "docx", "pptx", "xlsx", "odt", "odp", "ods", "rtf", "epub", "html", "markdown",
    "csv", "text", "code", "eml", "mbox", "msg", "zip", "picture",
]  # fmt: skip

_SUFFIXES: Final[dict[Format, str]] = {
    "pdf": ".pdf",
    "docx": ".docx .docm .dotx",
    "pptx": ".pptx .pptm .ppsx",
    "xlsx": ".xlsx .xlsm .xltx",
    "odt": ".odt .ott",
    "odp": ".odp",
    "ods": ".ods",
    "rtf": ".rtf",
    "epub": ".epub",
    "html": ".html .htm .xhtml",
    "markdown": ".md .markdown",
    "csv": ".csv .tsv .tab",
    "text": ".txt .text .log .rst .asciidoc .adoc .org .tex",
    "code": ".py .pyi .js .mjs .ts .jsx .tsx .java .kt .c .h .cc .cpp .hpp .cs .go .rs .rb .php .swift .scala .lua .r "
    ".sql .sh .bash .ps1 .bat .cmd .css .toml .yaml .yml .json .jsonl .xml .xsl .xsd .ini .cfg .conf .properties",
    "eml": ".eml",
    "mbox": ".mbox .mbx",
    "msg": ".msg",
    "zip": ".zip",
    "picture": ".png .jpg .jpeg .tif .tiff .webp .bmp",
}
BY_SUFFIX: Final[dict[str, Format]] = {suffix: kind for kind, row in _SUFFIXES.items() for suffix in row.split()}
WRITTEN_AS_TEXT: Final[frozenset[Format]] = frozenset({"html", "markdown", "csv", "text", "code", "eml", "mbox", "rtf"})
PICTURES: Final = frozenset(suffix for suffix, kind in BY_SUFFIX.items() if kind == "picture")
MAY_HOLD_PICTURES: Final[frozenset[Format]] = frozenset({"pdf", "eml", "mbox", "msg", "zip"})
UNNAMED_PICTURE: Final = "picture.png"  # what one goes by that is in no file
