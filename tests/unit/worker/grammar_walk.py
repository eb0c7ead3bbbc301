"""Walks through a grammar at random: a real vocabulary, the real native grammar, and nobody's opinion."""

import ctypes
import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import llama_cpp.llama_cpp as llama
import numpy as np

from app.worker.grammar import Candidates, native_grammar

TOKENS_LIMIT = 600
OTHERS = 200  # longer tokens to choose from at each step


class Vocabulary:
    """A model's tokens, without its weights."""

    def __init__(self, path: Path) -> None:
        llama.llama_log_set(QUIET, None)
        llama.llama_backend_init()
        parameters = llama.llama_model_default_params()
        parameters.vocab_only = True
        self._model = llama.llama_model_load_from_file(str(path).encode(), parameters)
        self.native = llama.llama_model_get_vocab(self._model)
        self.end = int(llama.llama_vocab_eos(self.native))
        pieces = [self._piece(token) for token in range(int(llama.llama_vocab_n_tokens(self.native)))]
        self.pieces = {token: piece for token, piece in enumerate(pieces) if piece}
        singles = {token: piece[0] for token, piece in self.pieces.items() if len(piece) == 1}
        self.characters = [token for token, byte in singles.items() if byte < 0x80]
        leads = [token for token, byte in singles.items() if byte >= 0xC2]
        self.starts = np.array([*self.characters, *leads, self.end], np.int32)
        self.continuations = np.array([token for token, byte in singles.items() if 0x80 <= byte < 0xC0], np.int32)
        self.leaning = np.array([_leaning(piece) for piece in pieces])
        self.leaning[self.end] = 20.0
        self.words = np.array([token for token, piece in self.pieces.items() if _is_whole(piece)], np.int32)

    def close(self) -> None:
        """Unload."""
        llama.llama_model_free(self._model)

    def _piece(self, token: int) -> bytes:
        buffer = ctypes.create_string_buffer(256)
        size = llama.llama_token_to_piece(self.native, token, buffer, len(buffer), 0, False)
        return buffer.raw[: max(size, 0)]  # without those that are longer


def write(vocabulary: Vocabulary, schema: str, seed: int) -> str | None:
    """Some JSON that the schema's grammar lets through, drawn with a leaning to what ends it; None if it got long."""
    random = np.random.default_rng(seed)
    written = b""
    with _freed(native_grammar(vocabulary.native, schema)) as grammar:
        for _ in range(TOKENS_LIMIT):
            if _is_whole(written):
                some = vocabulary.words[random.integers(len(vocabulary.words), size=OTHERS)]
                tokens = np.concatenate([vocabulary.starts, some])
            else:
                tokens = vocabulary.continuations  # the native grammar would take other bytes for these
            weights = random.gumbel(size=len(tokens)) + vocabulary.leaning[tokens]
            token, logit = _likeliest(grammar, tokens, weights)
            assert math.isfinite(logit), f"a dead end after {written!r}"
            if token == vocabulary.end:
                return written.decode()
            llama.llama_sampler_accept(grammar, token)
            written += vocabulary.pieces[token]
    return None


def lets_through(vocabulary: Vocabulary, schema: str, text: str) -> bool:
    """Whether the schema's grammar lets exactly this text through, character by character."""
    by_text = {vocabulary.pieces[token].decode(): token for token in vocabulary.characters}
    with _freed(native_grammar(vocabulary.native, schema)) as grammar:
        for token in [*(by_text[character] for character in text), vocabulary.end]:
            if not math.isfinite(_likeliest(grammar, np.array([token], np.int32), np.zeros(1, np.float32))[1]):
                return False
            if token != vocabulary.end:
                llama.llama_sampler_accept(grammar, token)
    return True


def _likeliest(grammar: Any, tokens: Any, weights: Any) -> tuple[int, float]:
    candidates = Candidates(tokens)
    candidates.fill(weights)
    candidates.pass_through(grammar)
    with _freed(llama.llama_sampler_init_greedy()) as greedy:
        candidates.pass_through(greedy)
    return candidates.chosen


@contextmanager
def _freed(sampler: Any) -> Iterator[Any]:
    try:
        yield sampler
    finally:
        llama.llama_sampler_free(sampler)


def _leaning(piece: bytes) -> float:
    """To what ends a text, an object or an array, and away from what is long or beyond ASCII."""
    if set(piece) <= set(b'"}]'):
        return 6.0
    if piece[0] >= 0x80:
        return -9.0
    return 2.0 if piece in {b",", b'",'} else -float(len(piece) > 1)


def _is_whole(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


QUIET = llama.llama_log_callback(lambda _level, _text, _data: None)
