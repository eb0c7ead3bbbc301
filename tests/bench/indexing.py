"""An answer while documents are being indexed: its tokens per second against those of the same answer alone."""

import statistics
from pathlib import Path

from app.adapters.library_process import LibraryProcess
from app.adapters.llama_process import LlamaProcess
from app.domain.cancel import Cancel
from app.domain.chat import PromptMessage
from app.domain.events import GenerationEnded
from app.domain.library import Block, ParsedDocument, Source
from app.domain.models import GenerationRequest, InstalledModel, LoadSettings, Sampling
from tests.bench.table import Row

ROUNDS = 3
TOKENS = 48
GOAL = 0.5
PARAGRAPH = "The travel desk books flights and hotels for all employees who travel. " * 30
PARAGRAPHS = 400
REQUEST = GenerationRequest(
    "beside",
    (PromptMessage("user", "Write a long story about a farm."),),
    Sampling(temperature=0.8, seed=3, max_tokens=TOKENS),
)


def measure(model: InstalledModel, models: Path, folder: Path, threads: int) -> list[Row]:
    """Alone and beside an indexing that does not end meanwhile, in turn."""
    generator = LlamaProcess(model, LoadSettings(context=2048, threads=threads), folder / "quarantine.json")
    alone: list[float] = []
    beside: list[float] = []
    try:
        _speed(generator)
        for number in range(ROUNDS):
            alone.append(_speed(generator))
            beside.append(_beside(generator, models / "all-minilm-l6-v2", folder / f"library {number}"))
    finally:
        generator.close()
    ratio = statistics.median(beside) / statistics.median(alone)
    figures = f"{statistics.median(beside):.1f} / {statistics.median(alone):.1f} tokens/s, median of {ROUNDS}"
    return [Row("an answer while documents are indexed, to one alone", ratio, f"≥ {GOAL}", ratio >= GOAL, figures)]


def _beside(generator: LlamaProcess, embedder: Path, folder: Path) -> float:
    """The speed of the answer, from when passages are being embedded, by a library that ends with it."""
    library = LibraryProcess(folder, lambda: embedder)
    try:
        library.add(Source("/t", "t", "Documents", "t", 1), _document(), Cancel())
        for progress in library.await_vectors(Cancel()):
            if progress.stage == "embedding":
                break  # the embedding goes on
        speed = _speed(generator)
        if not library.check().waiting:
            raise RuntimeError("the indexing ended before the answer")
        return speed
    finally:
        library.close()


def _speed(generator: LlamaProcess) -> float:
    ended = [event for event in generator.generate(REQUEST, Cancel()) if isinstance(event, GenerationEnded)]
    return ended[0].timing.tokens_per_s


def _document() -> ParsedDocument:
    text = f"{PARAGRAPH}\n\n" * PARAGRAPHS
    step = len(PARAGRAPH) + 2
    blocks = tuple(Block("paragraph", n * step, n * step + len(PARAGRAPH), 1) for n in range(PARAGRAPHS))
    return ParsedDocument("t", text, blocks, 1)
