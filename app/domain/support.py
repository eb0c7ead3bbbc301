"""Whether what an answer says stands in its passages, sentence by sentence.

A rule over words, so it costs nothing, tells its reason and runs everywhere: a sentence is *supported* if a passage has
enough of its content words and all of its numbers; *contradicted* if the clause of a passage that is most like it
denies what it affirms (or the other way round), says the opposite ("rises", "falls"), or all but agrees with it and
lacks one of its numbers; *unsupported* otherwise. How often that is right is measured on SciFact and ClapNQ by
`make bench-support`; the thresholds are those that did best on the halves that are not measured. A sentence that is put
in quite other words is taken for unsupported.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, starmap
from typing import Final

from app.domain.chat import Citation, Reason, SentenceSupport, Verdict
from app.domain.citations import KEEP_MARKER, is_refusal, resolve_read
from app.domain.library import Passage
from app.domain.sources import Clause, Source, read
from app.domain.wording import MARKER, content_words, numbers, same_language, sentences, share

SUPPORTED: Final = KEEP_MARKER  # share of a sentence's content words that its passage has
LIKE: Final = 0.45  # share that a clause has of which it can be the denial
ALL_BUT: Final = 0.6  # share that a clause has which could have been its source, but for a number
LEAST_WORDS: Final = 2  # content words of a sentence that claims something

_NEGATION: Final = re.compile(
    r"\b(?:no|not|never|none|neither|nor|cannot|without|fail(?:s|ed)?|lack(?:s|ed|ing)?|absence|unable|unlikely"
    r"|nicht|kein(?:e[mnrs]?)?|nie|niemals|ohne|weder)\b|n['’]t\b",
    re.IGNORECASE,
)
# Words that are each other's opposite in most of what people write; "before" and "over" are as often something else.
_OPPOSITES: Final = tuple(
    (re.compile(rf"\b(?:{one})", re.IGNORECASE), re.compile(rf"\b(?:{other})", re.IGNORECASE))
    for one, other in (
        (
            "increas|rais|rising|rises|rose|grow|grew|erhöh|steig",
            "decreas|reduc|falls|fell|falling|declin|senk|sink|sank",
        ),
        ("higher|greater|larger|höher|größer", "lower|smaller|niedriger|geringer|kleiner"),
        ("more|mehr", "less|fewer|weniger"),
        ("above|exceed", "below"),
        ("minimum|at least|mindestens", "maximum|at most|höchstens"),
        ("allowed|permitted|erlaubt", "forbidden|prohibited|verboten"),
        ("always|immer", "never|niemals"),
        ("mandatory|required|verpflichtend", "optional|freiwillig"),
        ("includ", "exclud"),
        ("accept|approv", "reject|refus"),
        ("positive", "negative"),
        (
            "activat|stimul|induc|promot|enhanc|upregulat|accelerat",
            "inhibit|suppress|block|impair|prevent|downregulat|delay|attenuat",
        ),
        ("improv|strengthen|stronger", "worsen|weaken|weaker|impair"),
    )
)
_Wider = tuple[Source, tuple[Clause, ...]]  # a passage, its clauses, and each with the next
_FENCE: Final = re.compile(r"^(```|~~~).*?(?:^\1|\Z)", re.MULTILINE | re.DOTALL)
_HEADING: Final = re.compile(r"\s*#{1,6} ")


@dataclass(frozen=True, slots=True)
class Checked:
    """An answer held against its passages: its markers put right, its sentences marked."""

    text: str
    citations: tuple[Citation, ...]
    grounded: bool
    support: tuple[SentenceSupport, ...]
    withheld: int = 0  # sentences that were taken out


def check(answer: str, passages: Sequence[Passage], question: str = "", *, withhold: bool = False) -> Checked:
    """Hold an answer against its passages; with `withhold`, without the sentences that they do not say."""
    sources = read(passages)
    resolved = resolve_read(answer, sources, question)
    support = _check(resolved.text, sources, question)
    withheld = 0
    while withhold and (doubtful := [one for one in support if one.verdict != "supported"]):
        withheld += len(doubtful)
        resolved = resolve_read(_without(resolved.text, doubtful), sources, question)
        support = _check(resolved.text, sources, question)
    return Checked(resolved.text, resolved.citations, resolved.grounded, support, withheld)


def check_support(answer: str, passages: Sequence[Passage], question: str = "") -> tuple[SentenceSupport, ...]:
    """What the passages say to each sentence of `answer` that claims something; passage n is `passages[n - 1]`.

    What only repeats the question claims nothing. An answer in a language that no passage is written in cannot be
    checked by its words: nothing is said of it.
    """
    return _check(answer, read(passages), question)


def _check(answer: str, sources: Sequence[Source], question: str) -> tuple[SentenceSupport, ...]:
    if sources and not any(same_language(answer, source.passage.text) for source in sources):
        return ()
    wider = [(source, (*source.clauses, *starmap(_together, pairwise(source.clauses)))) for source in sources]
    asked = content_words(question)
    return tuple(_judge(sentence, start, asked, wider) for start, sentence in _claims(answer))


def _without(answer: str, sentences: Sequence[SentenceSupport]) -> str:
    kept, end = "", 0
    for sentence in sentences:
        kept += answer[end : sentence.start]
        end = sentence.end
    return (kept + answer[end:]).strip()


def _claims(answer: str) -> Iterator[tuple[int, str]]:
    """The sentences that claim something, with where they start."""
    listings = [match.span() for match in _FENCE.finditer(answer)]
    start = 0
    for sentence, gap in sentences(answer):
        bare = MARKER.sub("", sentence).strip()
        if (
            len(content_words(bare)) >= LEAST_WORDS
            and not bare.endswith(("?", ":"))
            and not _HEADING.match(bare)
            and not is_refusal(bare)
            and not any(first <= start < last for first, last in listings)
        ):
            yield start, sentence
        start += len(sentence) + len(gap)


def _judge(sentence: str, start: int, asked: frozenset[str], sources: Sequence[_Wider]) -> SentenceSupport:
    """What the sources say to a sentence: one that supports it counts more than one that does not."""
    bare = MARKER.sub("", sentence)
    words = content_words(bare) - asked or content_words(bare)
    found: dict[Verdict, list[tuple[float, SentenceSupport]]] = {"supported": [], "contradicted": []}
    for number, (source, clauses) in enumerate(sources, 1):
        clause = max(clauses, key=lambda clause: len(words & clause.words))
        like = share(words, clause.words)
        missing = not numbers(words) <= source.known
        passage = source.passage
        reason = _otherwise(bare, passage.text[clause.start : clause.end], like, missing=missing)
        if reason or (share(words, source.known) >= SUPPORTED and not missing):
            verdict: Verdict = "contradicted" if reason else "supported"
            place = passage.start + clause.start, passage.start + clause.end
            said = SentenceSupport(start, start + len(sentence), verdict, number, reason, *place)
            found[verdict].append((like, said))
    best = found["supported"] or found["contradicted"]
    if not best:
        return SentenceSupport(start, start + len(sentence), "unsupported")
    return max(best, key=lambda one: one[0])[1]


def _otherwise(sentence: str, clause: str, like: float, *, missing: bool) -> Reason:
    """What a clause says otherwise than a sentence that it is like; "" if it does not."""
    if missing and like >= ALL_BUT:
        return "number"
    if like < LIKE:
        return ""
    if bool(_NEGATION.search(sentence)) != bool(_NEGATION.search(clause)):
        return "negation"
    return "opposite" if _opposed(sentence, clause) else ""


def _opposed(text: str, other: str) -> bool:
    """Whether one text has a word whose opposite the other has, and neither has both."""
    for pair in _OPPOSITES:
        here = tuple(bool(word.search(text)) for word in pair)
        there = tuple(bool(word.search(other)) for word in pair)
        if here == there[::-1] and sum(here) == 1:
            return True
    return False


def _together(one: Clause, next_one: Clause) -> Clause:
    """Two clauses that follow each other: what is said may begin in one and end in the other."""
    return Clause(one.start, next_one.end, one.words | next_one.words)
