"""The int8 form of an embedder, against sentence-transformers, for the kinds of models that people will have."""

import os
import time
from pathlib import Path

import numpy as np
import pytest

from app.worker import onnx_export
from app.worker.embedder import embed_documents, model_hash
from app.worker.embedder_loader import EmbedderLoader
from app.worker.onnx_embedder import RECORD_FILE, OnnxEmbedder, read_record
from app.worker.onnx_export import FP32_LEAST, INT8_LEAST, STEPS, export
from app.worker.torch_embedder import TorchEmbedder
from tests.unit.worker.tiny_embedders import DIMENSION, KINDS, PROMPTS, make

TEXTS = ["The warranty covers the gearbox for five years.", "Rain.", "Who approves a purchase? " * 40]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_model_keeps_its_vectors(tmp_path: Path, kind: str) -> None:
    model = make(kind, tmp_path)
    steps: list[int] = []
    record = export(model, "hash", tmp_path / "export", steps.append)
    assert record.refused == ""
    assert record.fp32_min >= FP32_LEAST
    assert record.int8_mean >= INT8_LEAST
    assert steps[-1] == STEPS and steps == sorted(steps)
    original, everyday = TorchEmbedder(model, "hash"), OnnxEmbedder(tmp_path / "export", record)
    assert (everyday.identity.document_prompt, everyday.identity.query_prompt) == (
        PROMPTS["document"],
        PROMPTS["query"],
    )
    assert everyday.count_tokens(TEXTS) == original.count_tokens(TEXTS)
    documents = embed_documents(original, TEXTS), embed_documents(everyday, TEXTS)
    assert (documents[0] * documents[1]).sum(axis=1).min() > 0.98
    assert original.query(TEXTS[0]) @ everyday.query(TEXTS[0]) > 0.98
    assert (documents[1] @ documents[0].T).argmax(axis=1).tolist() == [0, 1, 2]


def test_the_embedder_for_everyday_is_near_enough(embedder: Path, tmp_path: Path) -> None:
    loader = EmbedderLoader(embedder, "onnx-int8", tmp_path)
    everyday = loader.loaded()
    loader.prepare()
    while everyday is None:
        time.sleep(0.05)
        everyday = loader.require()
    assert isinstance(everyday, OnnxEmbedder)
    original = TorchEmbedder(embedder, everyday.identity.model)
    cosines = (onnx_export.parity_vectors(original) * onnx_export.parity_vectors(everyday)).sum(axis=1)
    assert cosines.mean() >= INT8_LEAST
    assert cosines.min() > 0.97


def test_one_that_is_too_far_off_is_refused_for_good(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = make("bert", tmp_path)
    monkeypatch.setattr(onnx_export, "INT8_LEAST", 1.1)
    target = tmp_path / "exports" / model_hash(model)[:32]
    record = export(model, model_hash(model), target, lambda _step: None)
    assert "mean cosine" in record.refused
    assert [path.name for path in target.iterdir()] == [RECORD_FILE]
    loader = EmbedderLoader(model, "onnx-int8", tmp_path / "exports")
    served = loader.loaded()
    assert isinstance(served, TorchEmbedder)
    assert served.identity.dimension == DIMENSION
    assert "mean cosine" in loader.problems()[0]


def test_an_export_that_another_made_meanwhile_stays(tmp_path: Path) -> None:
    model, target = make("bert", tmp_path), tmp_path / "exports" / "name"
    killed = target.parent / ".name-killed"
    killed.mkdir(parents=True)
    os.utime(killed, (0, 0))
    export(model, "hash", target, lambda _step: None)
    before = {path.name: path.stat().st_mtime_ns for path in target.iterdir()}
    export(model, "hash", target, lambda _step: None)
    assert {path.name: path.stat().st_mtime_ns for path in target.iterdir()} == before
    assert list(target.parent.iterdir()) == [target]  # nor is anything left of one that was killed


def test_a_record_of_another_version_is_none(tmp_path: Path) -> None:
    (tmp_path / RECORD_FILE).write_text('{"format": 0}')
    assert read_record(tmp_path) is None
    (tmp_path / RECORD_FILE).write_text("torn")
    assert read_record(tmp_path) is None


def test_each_text_gets_its_own_vector_however_they_are_batched(tmp_path: Path) -> None:
    model = make("bert", tmp_path)
    record = export(model, "hash", tmp_path / "export", lambda _step: None)
    everyday = OnnxEmbedder(tmp_path / "export", record)
    texts = [f"{'word ' * (number % 9)}number {number}" for number in range(50)]
    together = embed_documents(everyday, texts)
    alone = np.concatenate([embed_documents(everyday, [text]) for text in texts])
    assert (together * alone).sum(axis=1).min() > 0.99  # int8 depends a little on the company
