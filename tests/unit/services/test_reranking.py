"""The second look at what search found: by a fake, and by a small real model through the worker that holds it."""

from pathlib import Path

import pytest

from app.adapters.llama_process import LlamaProcess
from app.adapters.sqlite_ledger import SqliteLedger
from app.adapters.system_clock import SystemClock
from app.domain.cancel import Cancel
from app.domain.errors import AppError, Cancelled, ErrorCode
from app.domain.library import Block, ParsedDocument, Passage, Source
from app.domain.models import InstalledModel, LoadSettings
from app.domain.query import Query
from app.services.audit import Audit
from app.services.guard import Guard
from app.services.loaded_models import LoadedModels, MemorySettings
from app.services.models import Models
from app.services.reranking import RERANKED, Reranking
from tests.fakes.generator import FakeGenerator
from tests.fakes.passages import FakePassages
from tests.unit.services.conftest import FakeInspector, FakeKeptStates, FakeProbe, FakeStore, loaded_models
from tests.unit.worker.gguf_writer import write_minilm

QUERY = Query("kestrel")


class Desk:
    """A library of documents about kestrels, the later the longer, and a reranker unless none is installed."""

    def __init__(self, folder: Path, *, wanted: bool = True, installed: bool = True, documents: int = 3) -> None:
        self.passages, self.generator = FakePassages(), FakeGenerator()
        for number in range(documents):
            text = "kestrel" + " flies" * number
            parsed = ParsedDocument("", text, (Block("paragraph", 0, len(text)),))
            self.passages.add(Source(f"/{number}", f"{number}", "Documents", f"h{number}", 1), parsed, Cancel())
        self.loads: list[LoadSettings] = []
        model = InstalledModel("ranker", "Ranker", "rerank", str(folder / "rank.gguf"), 1, "0" * 64, "")
        store = FakeStore([model] if installed else [])
        self.ledger = SqliteLedger(folder / "ledger.db", SystemClock())
        self.reranking = self.reranking_by(loaded_models(self._open), store, wanted)

    def reranking_by(self, loaded: LoadedModels, store: FakeStore, wanted: bool = True) -> Reranking:
        """Search with these models."""
        models = Models(store, FakeInspector(), loaded, lambda: "", FakeKeptStates())
        return Reranking(self.passages, models, Guard(Audit(self.ledger)), lambda: wanted)

    def _open(self, _model: InstalledModel, load: LoadSettings) -> FakeGenerator:
        self.loads.append(load)
        return self.generator

    def kinds(self) -> list[str]:
        """What the ledger has."""
        return [entry.kind for entry in self.ledger.entries()]


def test_the_reranker_has_the_last_word_and_says_its_score(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    found = desk.reranking.search(QUERY, 2, Cancel())
    assert [passage.document for passage in found] == ["2", "1"]
    assert [passage.ranks["rerank"] for passage in found] == [1, 2]
    assert found[0].scores["rerank"] == len(found[0].text)
    assert desk.kinds() == ["ranking.started", "ranking.ended"]
    assert [(load.purpose, load.context) for load in desk.loads] == [("rank", 2048)]


def test_it_looks_at_the_best_of_many_only(tmp_path: Path) -> None:
    desk = Desk(tmp_path, documents=RERANKED + 5)
    seen = {passage.document for passage in desk.passages.search(QUERY, RERANKED)}
    assert {passage.document for passage in desk.reranking.search(QUERY, RERANKED, Cancel())} == seen


@pytest.mark.parametrize(("wanted", "installed"), [(False, True), (True, False)])
def test_without_it_search_is_as_before(tmp_path: Path, wanted: bool, installed: bool) -> None:
    desk = Desk(tmp_path, wanted=wanted, installed=installed)
    assert desk.reranking.search(QUERY, 2, Cancel()) == desk.passages.search(QUERY, 2)
    assert desk.kinds() == []


def test_a_cancel_ends_it_and_the_ledger_says_so(tmp_path: Path) -> None:
    desk, cancel = Desk(tmp_path), Cancel()
    cancel.set()
    with pytest.raises(Cancelled):
        desk.reranking.search(QUERY, 2, cancel)
    assert "abandoned" in list(desk.ledger.entries())[-1].facts


def test_a_real_model_orders_them_and_one_that_is_no_reranker_is_named(
    tmp_path: Path, embedder: Path, test_chat_model: Path
) -> None:
    desk = Desk(tmp_path)
    write_minilm(tmp_path / "rank.gguf", embedder, head=True)
    chat = InstalledModel("chat", "Chat", "rerank", str(test_chat_model), 1, "1" * 64, "")
    opened: list[LlamaProcess] = []

    def open_process(model: InstalledModel, load: LoadSettings) -> LlamaProcess:
        opened.append(LlamaProcess(model, load, tmp_path / "faults.json"))
        return opened[-1]

    def search(model: InstalledModel) -> list[Passage]:
        memory = MemorySettings(LoadSettings(threads=1), 0, 0.0)
        loaded = LoadedModels(FakeInspector(), FakeProbe(), open_process, lambda: memory)
        return desk.reranking_by(loaded, FakeStore([model])).search(QUERY, 3, Cancel())

    ranker = InstalledModel("ranker", "Ranker", "rerank", str(tmp_path / "rank.gguf"), 1, "0" * 64, "")
    try:
        scores = [passage.scores["rerank"] for passage in search(ranker)]
        assert len(set(scores)) == 3 and scores == sorted(scores, reverse=True)
        opened[0].forget("a conversation")
        with pytest.raises(AppError) as caught:
            search(chat)
        assert caught.value.code is ErrorCode.MODEL_LOAD_FAILED
    finally:
        for process in opened:
            process.close()
