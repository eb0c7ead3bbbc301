"""`make bench-search`: how long search takes in a library that grows to half a million chunks, and where the time goes.

The text is synthetic: words by Zipf's law, so that questions have common and rare words as real ones do. The vectors
are synthetic, too, in clusters: embedding half a million chunks would take hours, and search does not see the
difference. All else is the worker's own: its database, its index of words, Chroma, its search; and the questions go
through the real embedder for their time. Writes `tests/bench/search_scale.md`.

DONJON_SCALE_CHUNKS ends it at a smaller library; DONJON_SCALE_FOLDER keeps the library, and goes on from one kept.
"""

import os
import random
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from app.domain.library import Block, Chunk, ParsedDocument, Source
from app.domain.query import parse_query
from app.worker.embedder import Identity
from app.worker.embedder_loader import EmbedderLoader
from app.worker.library_db import LibraryDb
from app.worker.search import Search
from app.worker.vector_index import VectorIndex, nearest
from tests.bench.table import Row, as_markdown

RESULTS = Path(__file__).parent / "search_scale.md"
EMBEDDER = "all-minilm-l6-v2"
SIZES: Final = (1_000, 5_000, 20_000, 50_000, 500_000)  # chunks
GOALS: Final = {50_000: 30.0, 500_000: 80.0}  # ms, p95
FILTERED: Final = 2.0  # times as long, at most
SEED: Final = 20261123
VOCABULARY: Final = 60_000
WORDS: Final = 90  # in a chunk
CHUNKS: Final = 20  # in a document
DIMENSION: Final = 384
TOPICS: Final = 300
QUESTIONS: Final = 100
LIMIT: Final = 8
ENDINGS: Final = ("pdf", "docx", "md", "html", "xlsx")
VARIANTS: Final = {
    "no filter": "{question}",
    "collection, one in ten": "{question} in:C3",
    "collection, one in two": "{question} in:C0",
    "path": "{question} path:folder7/",
    "type": "{question} type:pdf",
    "date": "{question} after:2025-06",
    "one document": "{question} path:/folder7/7.html",
    "exact phrase": '{question} "{phrase}"',
    "a word left out": "{question} -{word}",
}


@dataclass(frozen=True)
class Question:
    """What is asked of one chunk: its words, some vector near its own."""

    text: str
    phrase: str
    vector: np.ndarray


def main() -> int:
    """Grow, measure at each size, print, keep; non-zero if a goal was missed."""
    largest = int(os.environ.get("DONJON_SCALE_CHUNKS", SIZES[-1]))
    loader = EmbedderLoader(Path(os.environ["DONJON_HOME"]) / "models" / EMBEDDER, "onnx-int8", Path("/nonexistent"))
    rows: list[Row] = []
    stages: list[str] = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(os.environ.get("DONJON_SCALE_FOLDER", temporary))
        for size in (size for size in SIZES if size <= largest):
            library = Grown(folder)
            if library.chunks() <= size:
                library.grow(size)
                rows += _measure(library, size, loader, stages)
            library.close()
    report = (
        f"# Search in a large library\n\nWritten by `make bench-search`. p95 of {QUESTIONS} questions in ms, embedding"
        f" the question included, {LIMIT} passages, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}.\n\n"
        f"{as_markdown(rows)}\n## Where the time goes\n\nMedian ms by stage.\n\n" + "\n".join(stages) + "\n"
    )
    print(report)
    RESULTS.write_text(report, encoding="utf-8")
    return 0 if all(row.met for row in rows) else 1


# --- the library -----------------------------------------------------------------------------------------------------


class Grown:
    """A library of synthetic documents; the same ones at the same size."""

    def __init__(self, folder: Path) -> None:
        self.db = LibraryDb(folder / "library.db")
        self.db._db.execute("PRAGMA synchronous = OFF")  # it may be lost: it takes minutes to make, not days
        self.index = VectorIndex(folder / "chroma")
        self._words = _vocabulary()
        self._shares = _zipf()
        self._topics = np.random.default_rng(SEED).normal(size=(TOPICS, DIMENSION))

    def chunks(self) -> int:
        """How many there are."""
        return self.db.count_chunks()

    def grow(self, size: int) -> None:
        """Add documents up to so many chunks, with their vectors, and index those."""
        for number in range(self.chunks() // CHUNKS, size // CHUNKS):
            chance = np.random.default_rng([SEED, number])
            document, _, came = self.db.add(_source(number), *self._document(chance))
            if number == 0:
                self.db.vectors.aim(Identity("synthetic", "none", DIMENSION, "", ""), Path("none"))
            self.db.vectors.put(came, self._vectors(chance, len(came)))
            if document.id % 5000 == 0:
                print(f"{document.id * CHUNKS} chunks", file=sys.stderr)
        started = time.perf_counter()
        self.index.prepare(self.db)
        print(f"{size} chunks; index ready after {time.perf_counter() - started:.0f} s", file=sys.stderr)

    def question(self, chance: random.Random) -> Question:
        """About a random chunk: some of its words, as they stand side by side."""
        chunk_id = chance.choice(range(1, self.chunks() + 1))
        body = self.db.passages([chunk_id])[chunk_id].text.split()
        first = chance.randrange(len(body) - 8)
        words = chance.sample(body, chance.randint(1, 4)) + body[first : first + 2]
        _, vectors = self.db.vectors.of([chunk_id])
        return Question(
            " ".join(words), " ".join(body[first : first + 2]), _unit(vectors[0] + _noise(chance) * 0.5).astype("f4")
        )

    def close(self) -> None:
        """Close its files."""
        self.index.close()
        self.db.close()

    def _document(self, chance: np.random.Generator) -> tuple[ParsedDocument, list[Chunk]]:
        numbers = np.searchsorted(self._shares, chance.random((CHUNKS, WORDS)))
        chunks: list[Chunk] = []
        parts: list[str] = []
        start = 0
        for row in numbers:
            part = " ".join(self._words[number] for number in row)
            chunks.append(Chunk(start, start + len(part), 1 + len(parts) // 4, "Heading"))
            parts.append(part)
            start += len(part) + 2
        blocks = tuple(Block("paragraph", one.start, one.end, one.page) for one in chunks)
        title = " ".join(self._words[number] for number in numbers[0][:4])
        return ParsedDocument(title, "\n\n".join(parts), blocks, 5), chunks

    def _vectors(self, chance: np.random.Generator, count: int) -> np.ndarray:
        centre = self._topics[chance.integers(TOPICS)] + chance.normal(size=DIMENSION)
        return _unit(centre + chance.normal(size=(count, DIMENSION)))


def _source(number: int) -> Source:
    """Half of the documents in one collection, a tenth in each of five others; over a hundred folders and six years."""
    ending = ENDINGS[number % len(ENDINGS)]
    collection = "C0" if number % 2 else f"C{1 + number // 2 % 5}"
    name = f"{number}.{ending}"
    modified = f"{2020 + number % 6}-{1 + number % 12:02}-15T00:00:00Z"
    return Source(f"/folder{number % 100}/{name}", name, collection, f"h{number}", WORDS * CHUNKS * 8, modified)


def _vocabulary() -> list[str]:
    """Words of two to four syllables, the frequent ones short; some are part numbers."""
    chance = random.Random(SEED)
    syllables = [a + b for a in "bdfgklmnprstvz" for b in ("a", "e", "i", "o", "u", "an", "er", "in")]
    words: dict[str, None] = {}
    while len(words) < VOCABULARY:
        count = 1 + (len(words) > 80) + (len(words) > 5_000) + chance.randint(0, 1)
        word = "".join(chance.choice(syllables) for _ in range(count))
        words[f"{word}-{chance.randint(100, 9999)}" if len(words) % 200 == 199 else word] = None
    return list(words)


def _zipf() -> np.ndarray:
    """The cumulated shares of the words by rank. Source: Mandelbrot's form of Zipf's law."""
    shares = 1.0 / (np.arange(VOCABULARY) + 2.7) ** 1.05
    return np.asarray(np.cumsum(shares) / shares.sum())


def _noise(chance: random.Random) -> np.ndarray:
    return _unit(np.random.default_rng(chance.getrandbits(32)).normal(size=DIMENSION))


def _unit(vectors: np.ndarray) -> np.ndarray:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=-1, keepdims=True))


# --- the measurement -------------------------------------------------------------------------------------------------


class Stages:
    """Times the parts of a search by standing in for the methods that do them."""

    def __init__(self) -> None:
        self.taken: defaultdict[str, list[float]] = defaultdict(list)

    def watch(self, owner: object, method: str, stage: str) -> None:
        """Time a method of an object from now on."""
        original: Callable[..., Any] = getattr(owner, method)

        def timed(*arguments: Any) -> Any:
            started = time.perf_counter()
            try:
                return original(*arguments)
            finally:
                self.add(stage, time.perf_counter() - started)

        setattr(owner, method, timed)

    def add(self, stage: str, seconds: float) -> None:
        """Note a time."""
        self.taken[stage].append(seconds * 1e3)

    def medians(self) -> dict[str, float]:
        """Of each stage, in ms."""
        return {stage: statistics.median(taken) for stage, taken in self.taken.items()}


def _measure(library: Grown, size: int, loader: EmbedderLoader, lines: list[str]) -> Iterator[Row]:
    chance = random.Random(size)
    questions = [library.question(chance) for _ in range(QUESTIONS)]
    plain = 0.0
    for variant, pattern in VARIANTS.items():
        totals, stages = _timed(library, questions, pattern, loader)
        p95 = _p95(totals)
        plain = plain or p95
        goal = GOALS.get(size)
        allowed = goal * (1.0 if variant == "no filter" else FILTERED) if goal else float("inf")
        spread = f"median {statistics.median(totals):.1f}, worst {max(totals):.1f}, {p95 / plain:.1f}x no filter"
        yield Row(f"{size:,} chunks, {variant}", p95, f"≤ {allowed:g}" if goal else "-", p95 <= allowed, spread)
        if not lines:
            lines += ["| chunks, filter | " + " | ".join(stages) + " |", "|---|" + "---:|" * len(stages)]
        lines.append(f"| {size:,}, {variant} | " + " | ".join(f"{value:.1f}" for value in stages.values()) + " |")
    yield from _exact(library, size, questions)


def _timed(
    library: Grown, questions: Sequence[Question], pattern: str, loader: EmbedderLoader
) -> tuple[list[float], dict[str, float]]:
    """The time of each search in ms, and the median of each stage."""
    search = Search(library.db, library.index)
    words, stages, totals = type(library.db.words)(library.db._db), Stages(), []
    library.db.words = words
    index = _Watched(library.index)
    search = Search(library.db, index)
    for owner, method, stage in (
        (words, "search", "words"),
        (words, "codes", "codes"),
        (index, "search", "vectors"),
        (words, "allowed", "phrases"),
        (search, "_of_documents", "documents"),
        (search, "_distinct", "texts"),
        (words, "coverage", "coverage"),
    ):
        stages.watch(owner, method, stage)
    embedder = loader.loaded()
    assert embedder is not None
    for number, question in enumerate(questions):
        query = parse_query(pattern.format(question=question.text, phrase=question.phrase, word="ba"))
        started = time.perf_counter()
        embedder.query(question.text)
        embedded = time.perf_counter()
        search.passages(query, question.vector, LIMIT, np.zeros(256, dtype=np.float32))
        if number >= 3:  # the first ones warm it up
            stages.add("embedding", embedded - started)
            totals.append((time.perf_counter() - started) * 1e3)
    return totals, stages.medians()


class _Watched(VectorIndex):
    """An index whose methods may be stood in for without touching the index itself."""

    def __init__(self, index: VectorIndex) -> None:
        self.__dict__ = dict(index.__dict__)


def _exact(library: Grown, size: int, questions: Sequence[Question]) -> Iterator[Row]:
    """What Chroma takes, what exact search would, and how much of its ten nearest Chroma finds."""
    taken: defaultdict[str, list[float]] = defaultdict(list)
    shared: list[float] = []
    ids, vectors = library.db.vectors.within(None)
    for question in questions[: max(5, min(QUESTIONS, 1_000_000 // size))]:
        started = time.perf_counter()
        found = library.index._search_chroma(question.vector, 100)
        taken["Chroma"].append(time.perf_counter() - started)
        started = time.perf_counter()
        best = nearest(ids, vectors, question.vector, 100)
        taken["in memory"].append(time.perf_counter() - started)
        started = time.perf_counter()
        nearest(*library.db.vectors.within(None), question.vector, 100)
        taken["from the file"].append(time.perf_counter() - started)
        shared.append(len({i for i, _ in found[:10]} & {i for i, _ in best[:10]}) / 10)
    ms = {name: statistics.median(times) * 1e3 for name, times in taken.items()}
    figures = f"Chroma {ms['Chroma']:.1f} ms; exact {ms['in memory']:.1f} in memory, {ms['from the file']:.0f} read"
    yield Row(f"{size:,} chunks, of the ten nearest Chroma has", statistics.mean(shared), "-", True, figures)


def _p95(values: Sequence[float]) -> float:
    return sorted(values)[round(0.95 * (len(values) - 1))]


if __name__ == "__main__":
    began = time.monotonic()
    code = main()
    print(f"{(time.monotonic() - began) / 60:.1f} min")
    sys.exit(code)
