"""The everyday embedder against sentence-transformers: how near, how fast, how soon a folder can be searched.

DONJON_DATA names a folder with `rag_multi_corpus`; DONJON_HOME one that has the embedder. Prints a table and writes
`tests/bench/embedding.md`. What is compared runs in turns on the same chunks and gives way as the library's embedding
does, so that other work on the machine hits all alike.
"""

import os
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import psutil

from app.adapters.library_process import LibraryProcess
from app.adapters.parser_process import ParserProcess
from app.domain.cancel import Cancel
from app.domain.chunking import chunk
from app.domain.experiments import ndcg
from app.domain.library import ParsedDocument, Source
from app.domain.query import Query
from app.worker.embedder import TextEmbedder, embed_documents, model_hash
from app.worker.onnx_embedder import OnnxEmbedder
from app.worker.onnx_export import FP32_LEAST, INT8_LEAST, export
from app.worker.priority import give_way
from app.worker.torch_embedder import TorchEmbedder
from tests.bench.retrieval import EMBEDDER, GOALS, questions_of
from tests.bench.table import Row, as_markdown

RESULTS = Path(__file__).parent / "embedding.md"
ROUNDS = 6
BARE, PLAIN = 0.9, 2.0  # of the chunks per second of the bare embedder, and of plain sentence-transformers
NDCG_GAP = 0.005
SEARCHABLE = 0.1  # of the time until all vectors are there
MEMORY = 600e6  # bytes of the library worker


def main() -> int:
    """Measure, print, keep; non-zero if a goal was missed."""
    data, model = Path(os.environ["DONJON_DATA"]), Path(os.environ["DONJON_HOME"]) / "models" / EMBEDDER
    with tempfile.TemporaryDirectory() as folder:
        give_way()
        digest = model_hash(model)
        started = time.perf_counter()
        record = export(model, digest, Path(folder) / "export", lambda _step: None)
        took = time.perf_counter() - started
        original, everyday = TorchEmbedder(model, digest), OnnxEmbedder(Path(folder) / "export", record)
        made = f"made in {took:.0f} s"
        rows = [
            _at_least("cosine of the fp32 export, smallest", record.fp32_min, FP32_LEAST, made),
            _at_least("cosine of int8, mean", record.int8_mean, INT8_LEAST, f"smallest {record.int8_min:.4f}"),
            _ndcg_row(data / "rag_multi_corpus", original, everyday),
            *_speed(data / "rag_multi_corpus", model, original, everyday),
        ]
    report = f"# Embedding\n\nWritten by `make bench-embedding`; {EMBEDDER}.\n\n{as_markdown(rows)}"
    print(report)
    RESULTS.write_text(report, encoding="utf-8")
    return 0 if all(row.met for row in rows) else 1


def _at_least(name: str, value: float, least: float, figures: str) -> Row:
    return Row(name, value, f"≥ {least}", value >= least, figures)


# --- how well -------------------------------------------------------------------------------------------------------


def _ndcg_row(corpus: Path, original: TextEmbedder, everyday: TextEmbedder) -> Row:
    scores = [_ndcg_by_meaning(corpus, embedder) for embedder in (original, everyday)]
    gap = abs(scores[1] - scores[0])
    figures = f"by meaning alone, Markdown: sentence-transformers {scores[0]:.4f}, int8 {scores[1]:.4f}"
    return Row("nDCG@10, difference", gap, f"≤ {NDCG_GAP}", gap <= NDCG_GAP, figures)


def _ndcg_by_meaning(corpus: Path, embedder: TextEmbedder) -> float:
    """Each document ranks where its best chunk does, by the cosine with the question."""
    scores: list[float] = []
    for company in sorted(GOALS):
        names, texts = [], []
        for source, parsed in _parsed(sorted((corpus / "docs" / company / "md").iterdir())):
            names += [Path(source.name).stem] * len(chunk(parsed))
            texts += _texts(parsed)
        vectors = embed_documents(embedder, texts)
        for question in questions_of(corpus, company):
            order = np.argsort(-(vectors @ embedder.query(question.text)))
            ranked = list(dict.fromkeys(names[place] for place in order))
            scores.append(ndcg(ranked, question.relevant))
    return statistics.mean(scores)


def _texts(parsed: ParsedDocument) -> list[str]:
    """What the library embeds of a document."""
    return [
        "\n".join(part for part in (parsed.title, one.heading, parsed.text[one.start : one.end]) if part)
        for one in chunk(parsed)
    ]


def _source(path: Path) -> Source:
    return Source(str(path), path.name, "bench", path.name, path.stat().st_size)


# --- how fast -------------------------------------------------------------------------------------------------------


def _speed(corpus: Path, model: Path, original: TorchEmbedder, everyday: OnnxEmbedder) -> list[Row]:
    paths = sorted(path for company in GOALS for path in (corpus / "docs" / company / "md").iterdir())
    seconds: dict[str, list[float]] = defaultdict(list)
    rates: list[dict[str, float]] = []
    peaks: list[int] = []
    for turn in range(ROUNDS):
        parsed = _parsed(paths[turn::ROUNDS])
        texts = [text for _, document in parsed for text in _texts(document)]

        def plain(texts: list[str] = texts) -> None:
            original.model.encode(texts, show_progress_bar=False)

        def bare(texts: list[str] = texts) -> None:
            embed_documents(everyday, texts)

        if turn % 2:  # who comes first changes, since the machine may slow down or speed up meanwhile
            of_bare, of_plain = _seconds(bare), _seconds(plain)
        searchable, embedded, peak = _through_the_library(model, parsed)
        if not turn % 2:
            of_bare, of_plain = _seconds(bare), _seconds(plain)
        seconds["searchable"].append(searchable)
        seconds["embedded"].append(embedded)
        peaks.append(peak)
        took = {"library": embedded, "bare": of_bare, "plain": of_plain}
        rates.append({name: len(texts) / duration for name, duration in took.items()})
    share = sum(seconds["searchable"]) / sum(seconds["embedded"])
    named = ", ".join(
        f"{name} {statistics.median(rate[name] for rate in rates):.1f}" for name in ("library", "bare", "plain")
    )
    waits = f"{sum(seconds['searchable']):.1f} of {sum(seconds['embedded']):.1f} s for {len(paths)} documents"
    against = {name: statistics.median(rate["library"] / rate[name] for rate in rates) for name in ("bare", "plain")}
    return [
        _at_least("chunks per second: library ÷ bare embedder", against["bare"], BARE, named),
        _at_least("chunks per second: library ÷ plain sentence-transformers", against["plain"], PLAIN, ""),
        Row("time to searchable ÷ time to embedded", share, f"≤ {SEARCHABLE}", share <= SEARCHABLE, waits),
        Row("memory of the library worker, MB", max(peaks) / 1e6, f"≤ {MEMORY / 1e6:.0f}", max(peaks) <= MEMORY, ""),
    ]


def _parsed(paths: Sequence[Path]) -> list[tuple[Source, ParsedDocument]]:
    parser = ParserProcess()
    try:
        return [(_source(path), parser.parse(path, Cancel())) for path in paths]
    finally:
        parser.close()


def _through_the_library(model: Path, parsed: list[tuple[Source, ParsedDocument]]) -> tuple[float, float, int]:
    """Seconds until all is found by words, seconds until all vectors are there, and the most memory, in bytes."""
    with tempfile.TemporaryDirectory() as folder:
        library = LibraryProcess(Path(folder), lambda: model)
        try:
            library.add(Source("/warm", "warm", "bench", "warm", 1), ParsedDocument("Warm", "", ()), Cancel())
            list(library.await_vectors(Cancel()))
            while library.check().index_state != "ready":
                time.sleep(0.1)
            started = time.perf_counter()
            for source, document in parsed:
                library.add(source, document, Cancel())
            library.search(Query("anything"), 1)
            searchable = time.perf_counter() - started
            process = psutil.Process(library.pid)
            peak = max(process.memory_info().rss for _ in library.await_vectors(Cancel()))
            return searchable, time.perf_counter() - started, peak
        finally:
            library.close()


def _seconds(work: Callable[[], None]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


if __name__ == "__main__":
    sys.exit(main())
