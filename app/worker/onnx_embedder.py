"""Text to vectors by onnxruntime, int8: the everyday runtime. Reads what `onnx_export` wrote.

<export>/record.json     what it is; written last of all, before the folder gets its name
<export>/model.onnx      from token ids to the text's vector, pooling and normalising included
<export>/tokenizer.json
<export>/static.npy      a vector for each token, see `static_vectors`
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import onnxruntime
import psutil
from tokenizers import Encoding, Tokenizer

from app.worker.embedder import Batch, Identity

RUNTIME: Final = "onnx-int8"
FORMAT: Final = 1  # of the folder, and of how the numbers come about
RECORD_FILE, MODEL_FILE, TOKENIZER_FILE = "record.json", "model.onnx", "tokenizer.json"
BATCH_TEXTS: Final = 16
BATCH_TOKENS: Final = 1024  # of one batch, filling included: more is no faster and needs more memory


class ExportRecord(msgspec.Struct, frozen=True):
    """What an export is, and how near its vectors are to those of sentence-transformers (cosines)."""

    format: int
    model: str
    dimension: int
    limit: int
    pad: int
    document_prompt: str
    query_prompt: str
    fp32_min: float
    int8_mean: float
    int8_min: float
    refused: str = ""  # why it is not to be used


def read_record(folder: Path) -> ExportRecord | None:
    """The record of a finished export; None if there is none that this version understands."""
    try:
        record = msgspec.json.decode((folder / RECORD_FILE).read_bytes(), type=ExportRecord)
    except (OSError, msgspec.DecodeError):
        return None
    return record if record.format == FORMAT else None


class OnnxEmbedder:
    """An exported model, loaded."""

    def __init__(self, folder: Path, record: ExportRecord, model_file: str = MODEL_FILE) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = psutil.cpu_count(logical=False) or 1
        self._session = onnxruntime.InferenceSession(
            str(folder / model_file), options, providers=["CPUExecutionProvider"]
        )
        self._pad = record.pad
        self._tokenizer = Tokenizer.from_file(str(folder / TOKENIZER_FILE))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self._cutting = Tokenizer.from_file(str(folder / TOKENIZER_FILE))
        self._cutting.no_padding()
        self._cutting.enable_truncation(record.limit)
        self.limit = record.limit
        self.identity = Identity(record.model, RUNTIME, record.dimension, record.document_prompt, record.query_prompt)

    def batches(self, texts: Sequence[str]) -> Iterator[Batch]:
        """See `TextEmbedder`; texts of like length go together."""
        prompt = self.identity.document_prompt
        encodings = self._cutting.encode_batch([prompt + text for text in texts])
        batch: list[int] = []
        for place in sorted(range(len(texts)), key=lambda place: len(encodings[place].ids)):
            if batch and (len(batch) == BATCH_TEXTS or (len(batch) + 1) * len(encodings[place].ids) > BATCH_TOKENS):
                yield batch, self._run([encodings[one] for one in batch])
                batch = []
            batch.append(place)
        if batch:
            yield batch, self._run([encodings[one] for one in batch])

    def query(self, text: str) -> np.ndarray:
        """See `TextEmbedder`."""
        return np.asarray(self._run([self._cutting.encode(self.identity.query_prompt + text)])[0])

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """See `TextEmbedder`."""
        return [len(encoding.ids) for encoding in self._tokenizer.encode_batch(list(texts))]

    def token_vectors(self, ids: Sequence[Sequence[int]]) -> np.ndarray:
        """The vectors of texts given as token ids, all of one length."""
        tokens = np.array(ids, dtype=np.int64)
        return self._vectors(tokens, np.ones_like(tokens))

    def _run(self, encodings: Sequence[Encoding]) -> np.ndarray:
        longest = max(len(encoding.ids) for encoding in encodings)
        tokens = np.full((len(encodings), longest), self._pad, dtype=np.int64)
        mask = np.zeros_like(tokens)
        for row, encoding in enumerate(encodings):
            tokens[row, : len(encoding.ids)] = encoding.ids
            mask[row, : len(encoding.ids)] = 1
        return self._vectors(tokens, mask)

    def _vectors(self, tokens: np.ndarray, mask: np.ndarray) -> np.ndarray:
        (found,) = self._session.run(None, {"input_ids": tokens, "attention_mask": mask})
        return np.asarray(found, dtype=np.float32)
