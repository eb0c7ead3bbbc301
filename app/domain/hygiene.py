"""The state of a collection's documents before any of it reaches a prompt: what is there twice, empty, secret or odd.

Everything found is a flag for a person to look at. A pattern proves nothing, and its absence proves less.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from app.domain.guard import find_sensitive
from app.domain.library import Document, Notice

HygieneKind = Literal[
    "exact_copy",
    "near_copy",
    "other_version",
    "repeated_line",
    "no_text_pages",
    "secret",
    "personal",
    "instruction",
    "hidden_text",
    "mixed_encoding",
    "macros",
    "external_target",
    "attachment_unread",
    "cut_short",
    "read_by_ocr",
]

NEAR_COPY: Final = 0.9  # of all runs of five words in common
OTHER_VERSION: Final = 0.25
REPEATED_IN: Final = 5  # documents, at least, for a line of them to be boilerplate
REPEATED_SHARE: Final = 0.3  # of the collection's documents, at least
REPEATED_WORDS: Final = 4  # in a line, at least
MOJIBAKE: Final = 3  # signs of a wrong encoding in a document, at least

_INSTRUCTION: Final = re.compile(
    r"\b(?:ignore|disregard|forget|override)\b.{0,40}\b(?:instructions?|prompts?|rules|guidelines|directions)\b"
    r"|\bignorier\w*\b.{0,40}\b(?:anweisung\w*|vorgaben|regeln)\b"
    r"|\b(?:as|if you are|you are|being) an? (?:ai|llm|language model|chatbot)\b"
    r"|\b(?:ai|llm|chatgpt|copilot|assistants?|language models?)\b.{0,30}\b(?:must|should|shall|has to|have to)\b"
    r"|\bdo not (?:tell|inform|mention|reveal)\b.{0,40}\b(?:user|human|reader)\b"
    r"|\b(?:new|hidden|system) (?:instructions?|prompt)\s*:",
    re.IGNORECASE,
)
_MOJIBAKE: Final = re.compile("�|Ã[\u0080-¿]|â€[\u0080-™œ\u009d¦]|Â[\u00a0-¿]")
_WORD: Final = re.compile(r"[^\W\d_]+")
_COMMON: Final[Mapping[str, frozenset[str]]] = {
    "de": frozenset("der die und das ist nicht mit ein eine für auf von dem den werden wird auch sich bei".split()),
    "en": frozenset("the and of to is in that for it with are this be on as not by or from".split()),
    "es": frozenset("el la de los que y en las por con para una es del se no al lo como más".split()),
    "fr": frozenset("le la les de des et un une est que dans pour pas qui sur au par plus avec ce".split()),
    "it": frozenset("il di che la e un per non sono con del della le gli una nel si più come dei".split()),
    "nl": frozenset("de het een en van ik te dat die in is niet zijn op aan met als voor er maar".split()),
    "pt": frozenset("o a de que e do da em um para é com não uma os no se na por mais".split()),
}


@dataclass(frozen=True, slots=True)
class HygieneFinding:
    """One thing about one document."""

    kind: HygieneKind
    document_id: int
    document: str
    count: int = 1
    detail: str = ""  # untrusted where it is cut from a document; never a secret itself
    other_id: int = 0  # the document that stays, of one that is there twice
    other: str = ""
    similarity: float = 0.0


@dataclass(frozen=True, slots=True)
class HygieneReport:
    """A collection, looked through."""

    documents: int
    findings: tuple[HygieneFinding, ...]
    languages: Mapping[str, int]  # documents by language, "" where it is not known


def find_copies(documents: Sequence[Document], similar: Iterable[tuple[int, int, float]]) -> Iterator[HygieneFinding]:
    """What is there twice: by content, by nearly all of its words, or in another version; the newest stays.

    A document may be in several collections, so each is looked at by itself.
    `similar` holds pairs of document ids with the share of runs of five words that they have in common.
    """
    by_id = {document.id: document for document in documents}
    by_content: dict[tuple[str, str], list[Document]] = defaultdict(list)
    for document in documents:
        by_content[document.collection, document.content_hash].append(document)
    copies: set[int] = set()
    for same in by_content.values():
        stays, *others = sorted(same, key=_age)
        for other in others:
            copies.add(other.id)
            yield _copy("exact_copy", other, stays, 1.0)
    for one, two, similarity in sorted(similar, key=lambda pair: -pair[2]):
        stays, goes = sorted((by_id[one], by_id[two]), key=_age)
        if {stays.id, goes.id} & copies or similarity < OTHER_VERSION or stays.collection != goes.collection:
            continue
        if similarity >= NEAR_COPY:
            copies.add(goes.id)
        yield _copy("near_copy" if similarity >= NEAR_COPY else "other_version", goes, stays, similarity)


def _age(document: Document) -> tuple[str, int]:
    """A key that puts the newest first."""
    newest = document.modified_at or document.added_at
    return "".join(chr(0x10FFFF - ord(character)) for character in newest), document.id


def _copy(kind: HygieneKind, goes: Document, stays: Document, similarity: float) -> HygieneFinding:
    return HygieneFinding(
        kind, goes.id, goes.name, other_id=stays.id, other=stays.name, similarity=round(similarity, 3)
    )


def look_through(document: Document, text: str, empty_pages: int, notices: Sequence[Notice]) -> list[HygieneFinding]:
    """What is to be known of one document by itself."""
    found: list[HygieneFinding] = []

    def note(kind: HygieneKind, count: int, detail: str) -> None:
        if count:
            found.append(HygieneFinding(kind, document.id, document.name, count, detail))

    sensitive = find_sensitive(text)
    for rail in ("secret", "personal"):
        kinds = Counter(finding.kind for finding in sensitive if finding.rail == rail)
        note(rail, kinds.total(), ", ".join(kinds))
    instructions = [" ".join(match.group().split()) for match in _INSTRUCTION.finditer(text)]
    note("instruction", len(instructions), instructions[0][:120] if instructions else "")
    odd = len(_MOJIBAKE.findall(text))
    note("mixed_encoding", odd if odd >= MOJIBAKE else 0, "")
    note("no_text_pages", empty_pages, "")
    for notice in notices:
        note(notice.kind, notice.count, notice.detail)
    return found


def repeated_lines(texts: Mapping[int, str], names: Mapping[int, str]) -> Iterator[HygieneFinding]:
    """Lines that stand in many documents: they make passages alike that are not. Each is told once."""
    holders: dict[str, list[int]] = defaultdict(list)
    for document_id, text in texts.items():
        for line in {" ".join(line.split()) for line in text.splitlines()}:
            if len(line.split()) >= REPEATED_WORDS:
                holders[line].append(document_id)
    least = max(REPEATED_IN, REPEATED_SHARE * len(texts))
    for line, documents in sorted(holders.items(), key=lambda pair: -len(pair[1])):
        if len(documents) >= least:
            first = documents[0]
            yield HygieneFinding("repeated_line", first, names[first], len(documents), line[:200])


def language(text: str, sample: int = 5000) -> str:
    """The language of a text by its commonest words, as ISO 639-1; "" where they do not say."""
    words = Counter(word.lower() for word in _WORD.findall(text[:sample]))
    scores = {name: sum(words[word] for word in common) for name, common in _COMMON.items()}
    best = max(scores, key=lambda name: scores[name])
    return best if scores[best] >= max(3, 0.08 * words.total()) else ""
