"""Holds tokens to a grammar while they are drawn.

Only grammars that our own `json_grammar` wrote come here, and none is used that the native parser did not accept: it
answers with a null pointer, which the native sampler follows. Following a grammar over a whole vocabulary is slow, so a
token is drawn freely first, and only one that does not fit is drawn again among those that do.
"""

import ctypes
import math
from collections.abc import Sequence
from typing import Any, Final

import llama_cpp.llama_cpp as llama
import numpy as np
from numpy.typing import NDArray

from app.domain.json_grammar import grammar
from app.domain.json_schema import read_schema, unsupported
from app.domain.models import Sampling
from app.worker.sampler import Sampler

_CANDIDATE: Final = np.dtype([("id", np.int32), ("logit", np.float32), ("p", np.float32)])


class Candidates:
    """Tokens with their logits, as native samplers want them."""

    def __init__(self, tokens: NDArray[np.int32]) -> None:
        self._rows = np.zeros(len(tokens), _CANDIDATE)
        self._tokens = tokens
        self._array = llama.llama_token_data_array()
        self._array.data = self._rows.ctypes.data_as(llama.llama_token_data_p)

    def fill(self, logits: NDArray[np.float32] | float) -> None:
        """Put all tokens back in their order, with these logits."""
        self._rows["id"] = self._tokens
        self._rows["logit"] = logits
        self._array.size = len(self._rows)
        self._array.selected = -1
        self._array.sorted = False

    def pass_through(self, sampler: Any) -> None:
        """Let a sampler change or choose."""
        llama.llama_sampler_apply(sampler, ctypes.byref(self._array))

    @property
    def chosen(self) -> tuple[int, float]:
        """The token that a sampler chose, and its logit."""
        row = self._array.data[self._array.selected]
        return int(row.id), float(row.logit)

    @property
    def first_logit(self) -> float:
        """The logit of the first token."""
        return float(self._array.data[0].logit)


class GrammarSampler(Sampler):
    """Draws tokens that together are JSON which a schema allows."""

    def __init__(
        self, context: Any, vocab: Any, sampling: Sampling, vocabulary: int, recent: Sequence[int], schema: str
    ) -> None:
        """Raises AppError SCHEMA_UNSUPPORTED."""
        self._grammar = native_grammar(vocab, schema)
        super().__init__(context, sampling, vocabulary, recent)
        self._vocabulary = vocabulary
        self._all = Candidates(np.arange(vocabulary, dtype=np.int32))
        self.redrawn = 0  # tokens for which the whole vocabulary was looked at

    def draw(self, row: int) -> int:
        """See `Sampler.draw`. Raises AppError SCHEMA_UNSUPPORTED where the vocabulary cannot write on."""
        pointer = llama.llama_get_logits_ith(self._context, row)
        logits = np.ctypeslib.as_array(pointer, shape=(self._vocabulary,))
        self._all.fill(logits)
        self._all.pass_through(self._chain)
        token, logit = self._all.chosen
        if not self._allows(token):
            self.redrawn += 1
            self._all.fill(logits)
            self._all.pass_through(self._grammar)
            self._all.pass_through(self._chain)
            token, logit = self._all.chosen
            if not math.isfinite(logit) or not self._allows(token):
                raise unsupported("#", "the model's vocabulary cannot write what it demands")
        llama.llama_sampler_accept(self._grammar, token)
        llama.llama_sampler_accept(self._chain, token)
        return token

    def close(self) -> None:
        """See `Sampler.close`."""
        if self._chain is not None:
            llama.llama_sampler_free(self._grammar)
        super().close()

    def _allows(self, token: int) -> bool:
        one = Candidates(np.array([token], dtype=np.int32))
        one.fill(0.0)
        one.pass_through(self._grammar)
        return math.isfinite(one.first_logit)


def native_grammar(vocab: Any, schema: str) -> Any:
    """A native sampler for a JSON Schema's grammar, to be freed. Raises AppError SCHEMA_UNSUPPORTED."""
    sampler = llama.llama_sampler_init_grammar(vocab, grammar(read_schema(schema)).encode(), b"root")
    if not sampler:
        raise unsupported("#", "the grammar that was made of it is not accepted")
    return sampler
