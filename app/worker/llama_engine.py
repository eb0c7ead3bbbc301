"""One model and one context of llama.cpp, through its C interface: tokens in, tokens out.

The high-level `Llama` of the binding is not used: it loses tokens longer than 32 bytes, shares one sequence among all
conversations and keeps scores of every position.
"""

import ctypes
import math
import sys
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import llama_cpp.llama_cpp as llama
import numpy as np
import psutil
from numpy.typing import NDArray

from app.domain.errors import AppError, Cancelled, ErrorCode
from app.domain.models import LoadSettings, LoraAdapter, Sampling
from app.worker.grammar import GrammarSampler
from app.worker.interruption import Interruption
from app.worker.lora import LoraAdapters
from app.worker.sampler import Greedy, Sampler, is_greedy

# Tokens evaluated at once: the grain of progress, and of cancelling where a GPU ignores the abort callback. The memory
# estimate in `domain.fit` counts on it.
BATCH = 128
SEQUENCES = 8  # conversations whose state is kept at a time
SPM = 1  # vocabulary type of SentencePiece models

_KV_TYPES: Final = {"f16": llama.GGML_TYPE_F16, "q8_0": llama.GGML_TYPE_Q8_0}  # eight bits need flash attention: AUTO
_LOG_ERROR = 4  # GGML_LOG_LEVEL_ERROR
_ABORTED = 2  # llama_decode: it was interrupted
_last_errors: deque[str] = deque(maxlen=4)


def _log(level: int, text: bytes, _data: object) -> None:
    if level == _LOG_ERROR:
        line = text.decode("utf-8", "replace").strip()[:300]
        _last_errors.append(line)
        print(line, file=sys.stderr, flush=True)


_log_callback = llama.llama_log_callback(_log)  # native code keeps the pointer: it must outlive every call


class DecodeFailed(Exception):
    """The native side refused a batch; what the sequence held before still stands."""


@dataclass(frozen=True, slots=True)
class Part:
    """One sequence's share of a batch: tokens at `position`; the last `rows` of them get logits."""

    sequence: int
    position: int
    tokens: Sequence[int]
    rows: int


def load_model(path: str, name: str, settings: LoadSettings, is_cancelled: Callable[[], bool]) -> Any:
    """A native model. Raises Cancelled, or AppError MODEL_LOAD_FAILED."""
    llama.llama_log_set(_log_callback, None)
    llama.llama_backend_init()
    _last_errors.clear()
    parameters = llama.llama_model_default_params()
    parameters.n_gpu_layers = settings.gpu_layers
    parameters.use_extra_bufts = settings.extra_buffers
    progress = llama.llama_progress_callback(lambda _progress, _data: not is_cancelled())
    parameters.progress_callback = progress
    model = llama.llama_model_load_from_file(path.encode(), parameters)
    if not model:
        if is_cancelled():
            raise Cancelled
        raise _load_failed(name)
    return model


class LlamaEngine:
    """A loaded model. One thread only; another one may interrupt it."""

    def __init__(
        self,
        path: str,
        name: str,
        settings: LoadSettings,
        is_cancelled: Callable[[], bool],
        interruption: Interruption,
    ) -> None:
        """Load. Raises Cancelled, or AppError MODEL_LOAD_FAILED."""
        self._is_cancelled = is_cancelled
        self._interruption = interruption
        self._model = load_model(path, name, settings, is_cancelled)
        self._vocab = llama.llama_model_get_vocab(self._model)
        self._name, self._settings = name, settings
        self._adapters = LoraAdapters(self._model)
        self.adapters: tuple[LoraAdapter, ...] = ()
        self._threads = settings.threads or psutil.cpu_count(logical=False) or 1
        self._context = self._make_context(name, settings)
        self._memory = llama.llama_get_memory(self._context)
        recurrent = llama.llama_model_is_recurrent(self._model) or llama.llama_model_is_hybrid(self._model)
        self._shares = not recurrent  # a recurrent state stands for all its tokens: there is no copying a part
        self._slides = llama.llama_model_n_swa(self._model) > 0
        self.forgets_parts = self._shares and not self._slides  # the end of a sequence can surely be taken back
        self.context = int(llama.llama_n_ctx_seq(self._context))
        self.device = device_name(settings)
        self._batch = llama.llama_batch_init(BATCH, 0, 1)
        self._vocabulary = int(llama.llama_vocab_n_tokens(self._vocab))
        self._weights = np.empty(self._vocabulary, np.float32)
        self._piece_buffer = ctypes.create_string_buffer(256)
        self._pieces: dict[int, bytes] = {}
        self.bos = int(llama.llama_vocab_bos(self._vocab))
        self.adds_bos = bool(llama.llama_vocab_get_add_bos(self._vocab))

    # --- loading -------------------------------------------------------------------------------------------------

    def _make_context(self, name: str, settings: LoadSettings) -> Any:
        trained = int(llama.llama_model_n_ctx_train(self._model))
        parameters = llama.llama_context_default_params()
        parameters.n_ctx = min(settings.context, trained) if settings.context > 0 else trained
        parameters.n_batch = parameters.n_ubatch = BATCH
        parameters.n_seq_max = SEQUENCES
        parameters.kv_unified = True
        parameters.type_k = parameters.type_v = _KV_TYPES[settings.kv_type]
        parameters.n_threads = parameters.n_threads_batch = self._threads
        parameters.no_perf = True
        self._interruption.attach(parameters)
        context = llama.llama_init_from_model(self._model, parameters)
        if not context:
            raise _load_failed(name)
        return context

    def use_adapters(self, wanted: tuple[LoraAdapter, ...]) -> None:
        """Attach these LoRA adapters and no others; the memory is empty afterwards, as it held what others had said.

        Only while nothing is being evaluated. Raises AppError FILE_NOT_FOUND, ADAPTER_INVALID.
        """
        if self._adapters.load(wanted):  # a context has room for the adapters that there were when it was made
            llama.llama_free(self._context)
            self._context = self._make_context(self._name, self._settings)
            self._memory = llama.llama_get_memory(self._context)
        self.adapters = ()
        self._adapters.attach(self._context, wanted)
        llama.llama_memory_clear(self._memory, False)
        self.adapters = wanted

    def use_threads(self, count: int) -> None:
        """Compute with so many threads from here on; 0: as many as before."""
        if count and count != self._threads:
            self._threads = count
            llama.llama_set_n_threads(self._context, count, count)

    def watch(self, is_cancelled: Callable[[], bool]) -> None:
        """From here on, `is_cancelled` tells whether native work that begins, or was interrupted, is given up."""
        self._is_cancelled = is_cancelled

    # --- tokens and text -----------------------------------------------------------------------------------------

    def chat_template(self) -> str | None:
        """The template that the file carries, if any."""
        source = llama.llama_model_chat_template(self._model, None)
        return source.decode("utf-8", "replace") if source else None

    def special_text(self, which: str) -> str:
        """The text of the model's "bos" or "eos" token."""
        token = self.bos if which == "bos" else llama.llama_vocab_eos(self._vocab)
        return llama.llama_vocab_get_text(self._vocab, token).decode("utf-8", "replace") if token >= 0 else ""

    def tokenise(self, text: str, *, special: bool) -> list[int]:
        """Tokens of `text`; with `special`, control tokens written in it become those tokens."""
        data = text.encode("utf-8", "replace")
        room = len(data) + 8
        while True:
            tokens = (llama.llama_token * room)()
            count = llama.llama_tokenize(self._vocab, data, len(data), tokens, room, False, special)
            if count >= 0:
                return list(tokens[:count])
            room = -count

    def piece(self, token: int) -> bytes:
        """The bytes of a token, however many; none for a control token."""
        known = self._pieces.get(token)
        if known is not None:
            return known
        while True:
            room = len(self._piece_buffer)
            size = llama.llama_token_to_piece(self._vocab, token, self._piece_buffer, room, 0, False)
            if size >= 0:
                break
            self._piece_buffer = ctypes.create_string_buffer(-size)
        self._pieces[token] = self._piece_buffer.raw[:size]
        return self._pieces[token]

    def ends_answer(self, token: int) -> bool:
        """Whether the model says with this token that it is done."""
        return bool(llama.llama_vocab_is_eog(self._vocab, token))

    # --- memory --------------------------------------------------------------------------------------------------

    def remove(self, sequence: int, start: int) -> bool:
        """Forget the tokens of a sequence from position `start` on; False if it can only be forgotten whole."""
        return bool(llama.llama_memory_seq_rm(self._memory, sequence, start, -1)) and self._begins(sequence)

    def clear(self, sequence: int) -> None:
        """Forget a sequence."""
        llama.llama_memory_seq_rm(self._memory, sequence, -1, -1)

    def copy(self, source: int, target: int, length: int) -> bool:
        """Let the empty sequence `target` share the cells of another's first tokens; False if that cannot be done."""
        if not self._shares:
            return False
        llama.llama_memory_seq_cp(self._memory, source, target, 0, length)
        return self._begins(target)

    def state_size(self, sequence: int) -> int:
        """The bytes of `state`."""
        return int(llama.llama_state_seq_get_size(self._context, sequence))

    def state(self, sequence: int) -> memoryview:
        """All that is held of a sequence, for `restore`."""
        size = self.state_size(sequence)
        data = (ctypes.c_uint8 * size)()
        written = int(llama.llama_state_seq_get_data(self._context, data, size, sequence))
        return memoryview(data).cast("B")[:written]

    def restore(self, sequence: int, state: bytearray, length: int) -> bool:
        """Let the empty sequence hold what another held of `length` tokens; False, and empty still, if it cannot."""
        data = (ctypes.c_uint8 * len(state)).from_buffer(state)
        taken = llama.llama_state_seq_set_data(self._context, data, len(state), sequence)
        last = int(llama.llama_memory_seq_pos_max(self._memory, sequence))
        if taken != len(state) or last != length - 1 or not self._begins(sequence):
            self.clear(sequence)
            return False
        return True

    def _begins(self, sequence: int) -> bool:
        """Whether a sequence has its beginning still: a sliding window may have let go of it."""
        return not self._slides or int(llama.llama_memory_seq_pos_min(self._memory, sequence)) <= 0

    # --- evaluation ----------------------------------------------------------------------------------------------

    def decode(self, parts: Sequence[Part]) -> None:
        """Evaluate up to BATCH tokens; afterwards the rows with logits can be sampled, by their place in the batch.

        Raises Cancelled or DecodeFailed; then the memory may hold some of the tokens, and must be cut back.
        """
        batch = self._batch
        index = 0
        for part in parts:
            silent = len(part.tokens) - part.rows
            for offset, token in enumerate(part.tokens):
                batch.token[index] = token
                batch.pos[index] = part.position + offset
                batch.n_seq_id[index] = 1
                batch.seq_id[index][0] = part.sequence
                batch.logits[index] = offset >= silent
                index += 1
        batch.n_tokens = index
        self._interruption.clear()
        if self._is_cancelled():  # asked after clearing: who cancels marks the request first and interrupts then
            raise Cancelled
        result = llama.llama_decode(self._context, batch)
        if result == _ABORTED:
            raise Cancelled
        if result != 0:
            raise DecodeFailed(f"llama_decode returned {result}")

    def sampler(self, sampling: Sampling, recent: Sequence[int], schema: str = "") -> Sampler | Greedy:
        """What draws the tokens of one answer; `recent` are the tokens before it, for the repeat penalty.

        With a JSON Schema given, the answer is JSON that it allows. Raises AppError SCHEMA_UNSUPPORTED.
        """
        if schema:
            return GrammarSampler(self._context, self._vocab, sampling, self._vocabulary, recent, schema)
        if is_greedy(sampling):
            return Greedy(self._logits)
        return Sampler(self._context, sampling, self._vocabulary, recent)

    def logprob(self, row: int, token: int) -> float:
        """The natural logarithm of the probability that the model itself gave `token`, before any sampling rule."""
        logits = self._logits(row)
        highest = float(logits.max())
        weights = np.subtract(logits, highest, out=self._weights)  # kept: this is done for every token of an answer
        total = float(np.exp(weights, out=weights).sum())
        return float(logits[token]) - highest - math.log(total)

    def _logits(self, row: int) -> NDArray[np.float32]:
        pointer = llama.llama_get_logits_ith(self._context, row)
        return np.ctypeslib.as_array(pointer, shape=(self._vocabulary,))


def _load_failed(name: str) -> AppError:
    reason = _last_errors[-1] if _last_errors else "the file was not accepted, or there is too little memory"
    return AppError(ErrorCode.MODEL_LOAD_FAILED, model=name, reason=reason)


def device_name(settings: LoadSettings) -> str:
    """Where a model that is loaded so runs."""
    return "GPU" if settings.gpu_layers != 0 and llama.llama_supports_gpu_offload() else "CPU"
