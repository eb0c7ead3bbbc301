"""Vectors of texts, and scores of passages for a query, by a GGUF model: an embedding model or a reranker."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal

import llama_cpp.llama_cpp as llama
import numpy as np
import psutil
from numpy.typing import NDArray

from app.domain.errors import AppError, Cancelled, ErrorCode
from app.domain.models import LoadSettings
from app.worker.interruption import Interruption

SEQUENCES = 16  # texts read at once
LONGEST = 8192  # tokens of one text, where a model would take more: all of it is read in one go
_NONE, _RANK = 0, 4  # LLAMA_POOLING_TYPE_*
_ABORTED = 2  # llama_decode: it was interrupted

Purpose = Literal["embed", "rank"]


class GgufEmbedder:
    """A loaded embedding model or reranker; pooling is the model's own, and mean for one that has none."""

    def __init__(
        self,
        model: Any,
        name: str,
        settings: LoadSettings,
        purpose: Purpose,
        is_cancelled: Callable[[], bool],
        interruption: Interruption,
    ) -> None:
        """`model` is a native one. Raises AppError MODEL_LOAD_FAILED."""
        self._name = name
        self._vocab = llama.llama_model_get_vocab(model)
        self._is_cancelled = is_cancelled
        self._interruption = interruption
        trained = int(llama.llama_model_n_ctx_train(model))
        self.longest = min(trained, settings.context, LONGEST) if settings.context > 0 else min(trained, LONGEST)
        self._context = self._make_context(model, settings, pooling=None)
        if purpose == "embed" and llama.llama_pooling_type(self._context) == _NONE:
            llama.llama_free(self._context)
            self._context = self._make_context(model, settings, pooling=llama.LLAMA_POOLING_TYPE_MEAN)
        self._ranks = llama.llama_pooling_type(self._context) == _RANK
        self._check(ranks=purpose == "rank")
        self._size = 1 if self._ranks else int(llama.llama_model_n_embd(model))
        self._batch = llama.llama_batch_init(self.longest, 0, 1)

    def _make_context(self, model: Any, settings: LoadSettings, pooling: int | None) -> Any:
        parameters = llama.llama_context_default_params()
        parameters.n_ctx = parameters.n_batch = parameters.n_ubatch = self.longest
        parameters.n_seq_max = SEQUENCES
        parameters.kv_unified = True
        parameters.embeddings = True
        parameters.n_threads = parameters.n_threads_batch = settings.threads or psutil.cpu_count(logical=False) or 1
        parameters.no_perf = True
        if pooling is not None:
            parameters.pooling_type = pooling
        self._interruption.attach(parameters)
        context = llama.llama_init_from_model(model, parameters)
        if not context:
            raise self._failed("there is too little memory for its context")
        return context

    def watch(self, is_cancelled: Callable[[], bool]) -> None:
        """From here on, `is_cancelled` tells whether native work that begins, or was interrupted, is given up."""
        self._is_cancelled = is_cancelled

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """A vector of length 1 for each text. Raises AppError TEXT_TOO_LONG, MODEL_LOAD_FAILED, Cancelled."""
        self._check(ranks=False)
        return [_normalised(row) for row in self._pooled([self._tokens(text) for text in texts])]

    def rank(self, query: str, passages: Sequence[str]) -> list[float]:
        """How well each passage answers the query, higher is better; raises as `embed` does."""
        self._check(ranks=True)
        return [float(row[0]) for row in self._pooled([self._pair(query, passage) for passage in passages])]

    def _check(self, *, ranks: bool) -> None:
        if self._ranks is not ranks:
            raise self._failed("it ranks passages and has no vectors" if self._ranks else "it is no reranker")

    def _pair(self, query: str, passage: str) -> list[int]:
        """A query and a passage as rerankers are trained to read them."""
        end = [llama.llama_vocab_eos(self._vocab)] if llama.llama_vocab_get_add_eos(self._vocab) else []
        separator = [llama.llama_vocab_sep(self._vocab)] if llama.llama_vocab_get_add_sep(self._vocab) else []
        begin = [llama.llama_vocab_bos(self._vocab)] if llama.llama_vocab_get_add_bos(self._vocab) else []
        between = separator or end
        parts = [begin, self._tokens(query, bare=True), between, self._tokens(passage, bare=True), end or separator]
        return [token for part in parts for token in part]

    def _tokens(self, text: str, *, bare: bool = False) -> list[int]:
        """A text's tokens; control tokens written in it stay text. With `bare`, without what begins and ends it."""
        data = text.encode("utf-8", "replace")
        room = len(data) + 8
        while True:
            tokens = (llama.llama_token * room)()
            count = llama.llama_tokenize(self._vocab, data, len(data), tokens, room, not bare, False)
            if count >= 0:
                return list(tokens[:count])
            room = -count

    def _pooled(self, inputs: Sequence[list[int]]) -> Iterator[NDArray[np.float32]]:
        """The model's output for each input, in order."""
        for tokens in inputs:
            if len(tokens) > self.longest:
                raise AppError(ErrorCode.TEXT_TOO_LONG, model=self._name, needed=len(tokens), available=self.longest)
        begin = 0
        while begin < len(inputs):
            end, size = begin, 0
            while end < len(inputs) and end - begin < SEQUENCES and size + len(inputs[end]) <= self.longest:
                size += len(inputs[end])
                end += 1
            yield from self._evaluate(inputs[begin:end])
            begin = end

    def _evaluate(self, inputs: Sequence[list[int]]) -> list[NDArray[np.float32]]:
        batch, index = self._batch, 0
        for sequence, tokens in enumerate(inputs):
            for position, token in enumerate(tokens):
                batch.token[index] = token
                batch.pos[index] = position
                batch.n_seq_id[index] = 1
                batch.seq_id[index][0] = sequence
                batch.logits[index] = 1
                index += 1
        batch.n_tokens = index
        result = _ABORTED
        while result == _ABORTED:  # perhaps because of another request, which is no longer wanted
            self._interruption.clear()
            if self._is_cancelled():
                raise Cancelled
            memory = llama.llama_get_memory(self._context)
            if memory:
                llama.llama_memory_clear(memory, False)
            result = llama.llama_decode(self._context, batch)
        if result != 0:
            raise self._failed(f"llama_decode returned {result}")
        return [self._row(sequence) for sequence in range(len(inputs))]

    def _row(self, sequence: int) -> NDArray[np.float32]:
        pointer = llama.llama_get_embeddings_seq(self._context, sequence)
        if not pointer:
            raise self._failed("it gave no output")
        return np.ctypeslib.as_array(pointer, shape=(self._size,)).copy()

    def _failed(self, reason: str) -> AppError:
        return AppError(ErrorCode.MODEL_LOAD_FAILED, model=self._name, reason=reason)


def _normalised(row: NDArray[np.float32]) -> list[float]:
    length = float(np.linalg.norm(row))
    return [float(value) / length for value in row] if length else [float(value) for value in row]
