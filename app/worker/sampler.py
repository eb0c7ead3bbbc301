"""How the next token is chosen from a row of logits: llama.cpp's own chain of samplers."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import llama_cpp.llama_cpp as llama
import numpy as np
from numpy.typing import NDArray

from app.domain.models import Sampling

PENALTY_WINDOW = 64  # tokens that a repeat penalty looks back on


class Sampler:
    """One answer's chain: its random numbers and its penalties are its own, whoever else is in the batch."""

    def __init__(self, context: Any, sampling: Sampling, vocabulary: int, recent: Sequence[int]) -> None:
        """`recent` are the tokens before the answer, for the repeat penalty."""
        self._context = context
        self._chain = llama.llama_sampler_chain_init(llama.llama_sampler_chain_default_params())
        for part in _parts(sampling, vocabulary):
            llama.llama_sampler_chain_add(self._chain, part)
        if sampling.repeat_penalty != 1.0:
            for token in recent[-PENALTY_WINDOW:]:
                llama.llama_sampler_accept(self._chain, token)

    def draw(self, row: int) -> int:
        """The next token, by the logits of the batch's row `row`; the chain counts it as accepted."""
        return int(llama.llama_sampler_sample(self._chain, self._context, row))

    def close(self) -> None:
        """Give the native chain back; nothing can be drawn afterwards."""
        if self._chain is not None:
            llama.llama_sampler_free(self._chain)
            self._chain = None


class Greedy:
    """Takes the likeliest token: what a chain does that has no other rule, without laying out the vocabulary for it."""

    def __init__(self, logits: Callable[[int], NDArray[np.float32]]) -> None:
        """`logits` gives a row of the batch."""
        self._logits = logits

    def draw(self, row: int) -> int:
        """See `Sampler.draw`."""
        return int(self._logits(row).argmax())

    def close(self) -> None:
        """There is nothing to give back."""


def is_greedy(sampling: Sampling) -> bool:
    """Whether the likeliest token is always taken."""
    return sampling.temperature <= 0 and sampling.repeat_penalty == 1.0


def _parts(sampling: Sampling, vocabulary: int) -> Iterator[Any]:
    if sampling.repeat_penalty != 1.0:
        yield llama.llama_sampler_init_penalties(vocabulary, PENALTY_WINDOW, sampling.repeat_penalty, 0.0, 0.0)
    if sampling.temperature <= 0:
        yield llama.llama_sampler_init_greedy()
        return
    yield llama.llama_sampler_init_top_k(sampling.top_k)
    yield llama.llama_sampler_init_top_p(sampling.top_p, 1)
    yield llama.llama_sampler_init_min_p(sampling.min_p, 1)
    yield llama.llama_sampler_init_temp(sampling.temperature)
    yield llama.llama_sampler_init_dist(sampling.seed & 0xFFFFFFFF)
