"""Makes an embedder's int8 form for onnxruntime, in a process of its own: torch's memory goes when it ends.

The export is compared with sentence-transformers on fixed texts before anybody may use it. One that is too far off is
kept as a record of the refusal alone, so that it is not tried again.
"""

import logging
import os
import shutil
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, Final

import msgspec
import numpy as np

from app.worker.embedder import TextEmbedder, embed_documents
from app.worker.onnx_embedder import (
    FORMAT,
    MODEL_FILE,
    RECORD_FILE,
    TOKENIZER_FILE,
    ExportRecord,
    OnnxEmbedder,
)
from app.worker.parity_texts import PARITY_TEXTS
from app.worker.static_vectors import STATIC_FILE, distil
from app.worker.torch_embedder import TorchEmbedder

FP32_LEAST: Final = 0.9999  # cosine with the original, of every text
INT8_LEAST: Final = 0.99  # cosine with the original, on average
LONGEST: Final = 8192  # tokens of a text, where a model would take more
QUESTIONS: Final = 6  # of the texts that are compared as questions too
STEPS: Final = 100  # of which progress is told
STALE_S: Final = 3600  # after which what an export has begun was left by one that was killed
_FP32_FILE: Final = "fp32.onnx"
_OPSET: Final = 17

Progress = Callable[[int], None]


def export_for(pipes: tuple[BinaryIO, BinaryIO], model: str, digest: str, target: str) -> None:
    """Export the model of one folder to another; a byte per step of progress. Ends when the caller goes away."""

    def wait_for_the_end() -> None:
        pipes[0].read()
        os._exit(1)

    threading.Thread(target=wait_for_the_end, daemon=True).start()
    told = 0

    def on_progress(step: int) -> None:
        nonlocal told
        pipes[1].write(b"." * (step - told))
        told = step

    export(Path(model), digest, Path(target), on_progress)


def export(model: Path, digest: str, target: Path, on_progress: Progress) -> ExportRecord:
    """Write the export of a model with this hash to `target`, all at once; one that another wrote meanwhile stays."""
    target.parent.mkdir(parents=True, exist_ok=True)
    for left in target.parent.glob(".*"):
        if time.time() - left.stat().st_mtime > STALE_S:
            shutil.rmtree(left)
    staged = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        record = _export(model, digest, staged, on_progress)
        if record.refused:
            for path in staged.iterdir():
                path.unlink()
        (staged / RECORD_FILE).write_bytes(msgspec.json.encode(record))
        if not (target / RECORD_FILE).exists():
            shutil.rmtree(target, ignore_errors=True)
            staged.replace(target)
    finally:
        shutil.rmtree(staged, ignore_errors=True)
    on_progress(STEPS)
    return record


def _export(model: Path, digest: str, folder: Path, on_progress: Progress) -> ExportRecord:
    original = TorchEmbedder(model, digest)
    on_progress(15)
    identity = original.identity
    record = ExportRecord(
        FORMAT,
        digest,
        identity.dimension,
        min(original.model.max_seq_length or LONGEST, LONGEST),
        int(original.model.tokenizer.pad_token_id or 0),
        identity.document_prompt,
        identity.query_prompt,
        0.0,
        0.0,
        0.0,
    )
    try:
        original.model.tokenizer.backend_tokenizer.save(str(folder / TOKENIZER_FILE))
        _write_fp32(original.model, folder / _FP32_FILE)
        on_progress(30)
        record = _write_int8(original, folder, record)
    except (OSError, MemoryError):
        raise  # of this machine today, not of the model
    except Exception as error:  # a model may have parts that no exporter knows: it is served as it is
        print(f"export: {type(error).__name__}: {error}", file=sys.stderr)
        return msgspec.structs.replace(record, refused=f"{type(error).__name__}: {error}"[:300])
    on_progress(55)
    if reason := too_far(record):
        return msgspec.structs.replace(record, refused=reason)
    table = distil(
        original.model.tokenizer.backend_tokenizer,
        OnnxEmbedder(folder, record).token_vectors,
        lambda done, total: on_progress(55 + (STEPS - 55) * done // total),
    )
    np.save(folder / STATIC_FILE, table)
    return record


def _write_int8(original: TorchEmbedder, folder: Path, record: ExportRecord) -> ExportRecord:
    """All of the model as int8; if that is too far off, what even all-mpnet-base-v2 can bear."""
    wanted = parity_vectors(original)
    fp32 = (wanted * parity_vectors(OnnxEmbedder(folder, record, _FP32_FILE))).sum(axis=1)
    for spared in ([], _narrowing(folder / _FP32_FILE)):
        _quantise(folder, spared)
        int8 = (wanted * parity_vectors(OnnxEmbedder(folder, record))).sum(axis=1)
        record = msgspec.structs.replace(
            record, fp32_min=float(fp32.min()), int8_mean=float(int8.mean()), int8_min=float(int8.min())
        )
        if not too_far(record):
            break
    (folder / _FP32_FILE).unlink()
    return record


def too_far(record: ExportRecord) -> str:
    """Why an export must not be used; "" if it may."""
    if record.fp32_min < FP32_LEAST:
        return f"its exact form has a cosine of {record.fp32_min:.5f} with the original, below {FP32_LEAST}"
    if record.int8_mean < INT8_LEAST:
        return f"its int8 form has a mean cosine of {record.int8_mean:.4f} with the original, below {INT8_LEAST}"
    return ""


def _write_fp32(model: Any, path: Path) -> None:
    """The whole pipeline, from token ids to the vector that sentence-transformers would give."""
    import torch

    class Pipeline(torch.nn.Module):  # type: ignore[misc]  # torch is Any to mypy here
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, input_ids: Any, attention_mask: Any) -> Any:
            features = self.model({"input_ids": input_ids, "attention_mask": attention_mask})
            return torch.nn.functional.normalize(features["sentence_embedding"])

    texts = list(PARITY_TEXTS[:2])  # of unlike length, so that the mask is not constant
    inputs = model.tokenizer(texts, padding=True, return_tensors="pt")
    axes = {0: "texts", 1: "tokens"}
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of tracing; what it got wrong shows in the comparison
        torch.onnx.export(
            Pipeline().eval(),
            (inputs["input_ids"], inputs["attention_mask"]),
            str(path),
            dynamo=False,  # four times as fast as the newer exporter, and needs no package more
            input_names=["input_ids", "attention_mask"],
            output_names=["vector"],
            dynamic_axes={"input_ids": axes, "attention_mask": axes, "vector": {0: "texts"}},
            opset_version=_OPSET,
        )


def _narrowing(path: Path) -> list[str]:
    """The products that bring a wide inner vector back to the model's width: some models have outliers there."""
    import onnx

    graph = onnx.load(str(path)).graph
    shapes = {constant.name: tuple(constant.dims) for constant in graph.initializer}
    products = [node for node in graph.node if node.op_type == "MatMul" and len(shapes.get(node.input[1], ())) == 2]
    return [node.name for node in products if shapes[node.input[1]][0] > shapes[node.input[1]][1]]


def _quantise(folder: Path, spared: list[str]) -> None:
    """All weights; or with products that are spared, those of the other products alone."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    logging.getLogger().setLevel(logging.ERROR)  # it advises a step that brings nothing here
    quantize_dynamic(
        folder / _FP32_FILE,
        folder / MODEL_FILE,
        per_channel=True,
        weight_type=QuantType.QInt8,
        op_types_to_quantize=["MatMul"] if spared else None,
        nodes_to_exclude=spared,
    )


def parity_vectors(embedder: TextEmbedder) -> np.ndarray:
    """The vectors of our texts, as documents; and of a few as questions, which may have another prompt."""
    questions = [embedder.query(text) for text in PARITY_TEXTS[:QUESTIONS]]
    return np.concatenate([embed_documents(embedder, PARITY_TEXTS), questions])
