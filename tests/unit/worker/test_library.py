"""The open library between its requests: found by words at once, coarsely a moment later, by meaning in the end."""

import io
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from app.domain.library import Block, ParsedDocument, Passage, Source
from app.domain.query import Query
from app.wire.frames import FrameWriter
from app.wire.messages import (
    AddDocument,
    AwaitVectors,
    Documents,
    EmbedTexts,
    Found,
    Kept,
    ListDocuments,
    ReadParsed,
    SearchLibrary,
    Stopped,
    ToLibrary,
    Vectors,
)
from app.worker.library import BATTERY_S, Library
from app.worker.serve import Job

TEXT = "Parents take twenty weeks of parental leave on full pay."
OTHER = "The pump must be switched off before the filter is changed."
QUESTION = Query("mothers and their holiday wages")


class Asked(Job):
    """A request, and what was said to it."""

    def __init__(self) -> None:
        super().__init__(1, "library", FrameWriter(io.BytesIO()))
        self.said: list[msgspec.Struct] = []

    def send(self, message: msgspec.Struct) -> None:
        """Note it."""
        self.said.append(message)


@pytest.fixture
def library(tmp_path: Path, embedder: Path) -> Iterator[Library]:
    """An empty one, whose embedder may take a moment."""
    opened = Library(tmp_path, embedder, "onnx-int8")
    yield opened
    opened.close()


def ask(library: Library, message: ToLibrary) -> list[msgspec.Struct]:
    job = Asked()
    assert job.begin()
    library.handle(message, job)
    return job.said


def add(library: Library) -> Documents:
    texts = [TEXT, OTHER]
    text = "\n\n".join(texts)
    blocks = (Block("paragraph", 0, len(TEXT), 1), Block("paragraph", len(TEXT) + 2, len(text), 2))
    (said,) = ask(library, AddDocument(1, Source("/a", "a.md", "Documents", "h", 1), ParsedDocument("", text, blocks)))
    assert isinstance(said, Documents)
    return said


def search(library: Library, query: Query) -> list[Passage]:
    (said,) = ask(library, SearchLibrary(1, query, 5))
    assert isinstance(said, Found)
    return said.passages


def wait_for_embedder(library: Library) -> None:
    deadline = time.monotonic() + 200
    while library._loader is not None and library._loader.require() is None and time.monotonic() < deadline:
        library.step()
        time.sleep(0.05)


def test_from_words_to_meaning(library: Library) -> None:
    (document,) = add(library).documents
    assert (document.chunks, document.waiting) == (2, 2)
    assert search(library, Query("parental leave"))[0].scores.keys() >= {"bm25"}
    wait_for_embedder(library)
    while library._db.vectors.without_static(1):
        library.step()
    best = search(library, QUESTION)[0]
    assert best.text.startswith("Parents take")
    assert "static" in best.scores and "vector" not in best.scores
    while library.step() is not None:
        pass
    best = search(library, QUESTION)[0]
    assert best.text.startswith("Parents take")
    assert "vector" in best.scores and "static" not in best.scores
    assert library.report().waiting == 0


def test_texts_are_embedded_for_others_when_the_embedder_is_ready_unless_they_gave_up(library: Library) -> None:
    patient, impatient = Asked(), Asked()
    for job in (patient, impatient):
        assert job.begin()
    impatient.cancel()
    library._postponed = [(EmbedTexts(1, ["one", "two"]), job) for job in (patient, impatient)]
    library.step()
    assert isinstance(impatient.said[0], Stopped)
    wait_for_embedder(library)
    library.step()
    (said,) = patient.said
    assert isinstance(said, Vectors) and len(said.embeddings.vectors) == 2


def test_without_an_embedder_search_is_by_words(tmp_path: Path) -> None:
    plain = Library(tmp_path, None, "onnx-int8")
    add(plain)
    assert plain.step() is None
    assert search(plain, Query("pump"))[0].scores.keys() >= {"bm25"}
    plain.close()


def test_another_length_of_passages_cuts_what_is_there_anew(tmp_path: Path, embedder: Path) -> None:
    text = " ".join(f"The rule number {n} of the pump holds for all." for n in range(30))
    source, parsed = (
        Source("/a", "a.md", "Documents", "h", 1),
        ParsedDocument("A", text, (Block("paragraph", 0, len(text), 1),)),
    )
    before = Library(tmp_path, embedder, "onnx-int8")
    ask(before, AddDocument(1, source, parsed))
    before.close()
    library = Library(tmp_path, embedder, "onnx-int8", 40)
    try:
        assert library.step() == 0
        (listed,) = ask(library, ListDocuments(1, None))
        assert isinstance(listed, Documents)
        assert (listed.documents[0].chunks, listed.documents[0].waiting) == (8, 8)  # of four sentences each
        assert all(len(p.text.split()) <= 80 for p in search(library, Query("the rule number 17")))
        (kept,) = ask(library, ReadParsed(1, listed.documents[0].id))
        assert isinstance(kept, Kept)
        assert (kept.source, kept.parsed.text) == (source, text)
    finally:
        library.close()


def test_on_battery_nothing_is_embedded_that_nobody_waits_for(tmp_path: Path, embedder: Path) -> None:
    battery = [True]
    library = Library(tmp_path, embedder, "onnx-int8", is_saving=lambda: battery[0])
    try:
        add(library)
        assert library.step() == BATTERY_S
        assert library.report().waiting == 2
        ask(library, AwaitVectors(1))
        assert library.step() != BATTERY_S
        library._awaiting.clear()
        assert library.step() == BATTERY_S
        battery[0] = False
        assert library.step() != BATTERY_S
    finally:
        library.close()
