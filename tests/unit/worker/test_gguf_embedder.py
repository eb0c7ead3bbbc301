"""Vectors and ranks by GGUF models: the real MiniLM, written as GGUF, says what it says elsewhere."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import llama_cpp.llama_cpp as llama
import numpy as np
import pytest

from app.adapters.llama_process import LlamaProcess
from app.domain.cancel import Cancel
from app.domain.errors import AppError, Cancelled, ErrorCode
from app.domain.models import InstalledModel, LoadSettings
from app.worker.gguf_embedder import GgufEmbedder, Purpose
from app.worker.interruption import Interruption
from tests.unit.worker.gguf_writer import write_minilm
from tests.unit.worker.grammar_walk import QUIET

TEXTS = [
    "How many days of leave do I get?",
    "Every employee has 27 days of paid leave a year.",
    "The porter keeps the spare keys in the green cabinet, [SEP] as ever.",
    "Zürich, naïve café, 漢字: unbelievable tokenisation!",
    "",
    "word " * 180,
]


REFERENCE = {  # how the vectors begin that sentence-transformers makes with the same weights
    TEXTS[0]: [0.0847, 0.0181, 0.0354, 0.0664, 0.0615, 0.0091, -0.0107, -0.0521],
    TEXTS[1]: [0.0367, 0.0445, 0.051, 0.0099, -0.0119, 0.0824, -0.0283, -0.0827],
    TEXTS[3]: [0.0139, 0.063, 0.0439, 0.0074, 0.0618, -0.032, 0.0468, -0.0491],
    TEXTS[5]: [-0.0002, -0.0825, -0.039, 0.03, -0.048, 0.0288, 0.013, -0.0267],
}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory, embedder: Path) -> Path:
    folder = tmp_path_factory.mktemp("gguf")
    write_minilm(folder / "embed.gguf", embedder)
    write_minilm(folder / "rank.gguf", embedder, head=True)
    return folder


@pytest.fixture(scope="module")
def models(files: Path, test_chat_model: Path) -> Iterator[dict[str, Any]]:
    llama.llama_log_set(QUIET, None)
    llama.llama_backend_init()
    paths = {"embed": files / "embed.gguf", "rank": files / "rank.gguf", "chat": test_chat_model}
    loaded = {
        name: llama.llama_model_load_from_file(str(path).encode(), llama.llama_model_default_params())
        for name, path in paths.items()
    }
    yield loaded
    for model in loaded.values():
        llama.llama_model_free(model)


def opened(models: dict[str, Any], name: str, purpose: Purpose, context: int = 0) -> GgufEmbedder:
    return GgufEmbedder(
        models[name], name, LoadSettings(context=context, threads=1), purpose, lambda: False, Interruption()
    )


def test_vectors_are_those_of_the_other_implementation(models: dict[str, Any]) -> None:
    vectors = np.array(opened(models, "embed", "embed").embed(TEXTS))
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    for text, beginning in REFERENCE.items():
        assert np.allclose(vectors[TEXTS.index(text), : len(beginning)], beginning, atol=1e-3), text


def test_a_text_has_one_vector_whatever_is_beside_it(models: dict[str, Any]) -> None:
    embedder = opened(models, "embed", "embed")
    together = np.array(embedder.embed(TEXTS * 4))
    assert len(together) == len(TEXTS) * 4
    alone = np.array([embedder.embed([text])[0] for text in TEXTS])
    assert ((together[: len(TEXTS)] * alone).sum(axis=1) > 0.9999).all()
    assert ((together[-len(TEXTS) :] * alone).sum(axis=1) > 0.9999).all()


def test_a_model_without_pooling_of_its_own_takes_the_mean(models: dict[str, Any]) -> None:
    vectors = np.array(opened(models, "chat", "embed", context=256).embed(TEXTS[:3]))
    likeness = vectors @ vectors.T
    assert likeness[0, 1] > likeness[0, 2]


def test_a_text_that_is_too_long_is_refused_with_figures(models: dict[str, Any]) -> None:
    with pytest.raises(AppError) as caught:
        opened(models, "embed", "embed").embed(["short", "word " * 600])
    assert caught.value.code is ErrorCode.TEXT_TOO_LONG
    assert caught.value.facts == {"model": "embed", "needed": 602, "available": 512}


def test_a_reranker_gives_each_passage_its_own_score(models: dict[str, Any]) -> None:
    reranker = opened(models, "rank", "rank")
    together = reranker.rank(TEXTS[0], TEXTS[1:4])
    alone = [reranker.rank(TEXTS[0], [text])[0] for text in TEXTS[1:4]]
    assert np.allclose(together, alone, atol=5e-3)
    assert len({round(score, 3) for score in together}) == 3
    assert reranker.rank(TEXTS[1], TEXTS[1:4]) != together


@pytest.mark.parametrize(("name", "purpose"), [("embed", "rank"), ("chat", "rank"), ("rank", "embed")])
def test_a_model_is_used_for_what_it_is_made_for(models: dict[str, Any], name: str, purpose: Purpose) -> None:
    with pytest.raises(AppError) as caught:
        opened(models, name, purpose, context=256)
    assert caught.value.code is ErrorCode.MODEL_LOAD_FAILED


def test_it_can_be_cancelled(models: dict[str, Any]) -> None:
    embedder = opened(models, "embed", "embed")
    embedder.watch(lambda: True)
    with pytest.raises(Cancelled):
        embedder.embed(["text"])
    embedder.watch(lambda: False)
    assert embedder.embed(["text"])


def test_a_worker_embeds_or_ranks_as_it_was_opened(files: Path, tmp_path: Path) -> None:
    def open_worker(name: Purpose) -> LlamaProcess:
        model = InstalledModel(name, name, "embed", str(files / f"{name}.gguf"), 1, "0" * 64, "")
        return LlamaProcess(model, LoadSettings(threads=1, purpose=name), tmp_path / "faults.json")

    embedder, reranker = open_worker("embed"), open_worker("rank")
    try:
        assert np.allclose(embedder.embed(TEXTS[:1], Cancel())[0][:8], REFERENCE[TEXTS[0]], atol=1e-3)
        assert len(reranker.rank(TEXTS[0], TEXTS[1:4], Cancel())) == 3
        with pytest.raises(AppError):
            embedder.rank(TEXTS[0], TEXTS[1:4], Cancel())
    finally:
        embedder.close()
        reranker.close()
