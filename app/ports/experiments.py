"""Experiments: where questions and results are kept, and indexes beside the library that live for one experiment."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Protocol

from app.domain.cancel import Cancel
from app.domain.events import EmbeddingProgress
from app.domain.experiments import Question, Result, Run, RunState
from app.domain.library import ParsedDocument, Passage, Source
from app.domain.query import Query
from app.domain.ranking import Fusion


class ExperimentStore(Protocol):
    """The person's questions, and every run with its results."""

    def questions(self) -> list[Question]:
        """All of them, in the order they came."""
        ...

    def add_question(self, question: Question) -> Question:
        """Keep a question; the one that is there if the same was asked of the same documents."""
        ...

    def approve_question(self, question_id: int, text: str) -> None:
        """Let a question count, in these words. Raises AppError UNKNOWN_QUESTION."""
        ...

    def remove_question(self, question_id: int) -> None:
        """Forget a question. Raises AppError UNKNOWN_QUESTION."""
        ...

    def forget_document(self, content_hash: str) -> None:
        """Forget the questions that were made from a document."""
        ...

    def runs(self) -> list[Run]:
        """All runs, the latest first."""
        ...

    def run(self, run_id: int) -> Run:
        """One run. Raises AppError UNKNOWN_EXPERIMENT."""
        ...

    def add_run(self, run: Run) -> Run:
        """Keep a run, with the number and the time it gets."""
        ...

    def set_state(self, run_id: int, state: RunState) -> None:
        """Write down how far a run is."""
        ...

    def remove_run(self, run_id: int) -> None:
        """Forget a run and its results. Raises AppError UNKNOWN_EXPERIMENT."""
        ...

    def results(self, run_id: int) -> list[Result]:
        """The results so far, in the order they were measured."""
        ...

    def add_result(self, run_id: int, result: Result) -> None:
        """Keep a result."""
        ...


class SideIndex(Protocol):
    """Documents cut and embedded in one way; gone when it is closed."""

    def add(self, source: Source, parsed: ParsedDocument, cancel: Cancel) -> int:
        """Keep a document; how many chunks it has."""
        ...

    def await_vectors(self, cancel: Cancel) -> Iterator[EmbeddingProgress]:
        """Wait until all is embedded."""
        ...

    def search(self, query: Query, limit: int, fusion: Fusion) -> list[Passage]:
        """The best passages, best first."""
        ...

    def size(self) -> int:
        """Bytes on the disk that it takes."""
        ...


class SideIndexes(Protocol):
    """Makes indexes beside the library, which is not touched."""

    def embedders(self) -> list[str]:
        """The ids of the embedders that are installed, the one in use first."""
        ...

    def open(self, chunk_words: int, embedder: str) -> AbstractContextManager[SideIndex]:
        """An empty index; "" for no embedder. At the end it is removed. Raises AppError MODEL_NOT_INSTALLED."""
        ...
