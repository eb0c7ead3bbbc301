"""A native context that keeps its own books: what each sequence holds, in cells that sequences may share."""

import itertools
import struct
from collections.abc import Callable, Sequence

from app.domain.errors import Cancelled
from app.worker.llama_engine import BATCH, DecodeFailed, Part


class NativeMemory:
    """Implements `KvMemory` and `Evaluator`; `whole` ones cannot be cut or shared, like those of recurrent models.

    What its model says next follows from every token of the sequence, so a wrong memory shows in the text.
    """

    def __init__(self, capacity: int, *, whole: bool = False) -> None:
        self.held: dict[int, list[tuple[int, int]]] = {}  # by sequence: cell and token
        self.batches: list[list[int]] = []  # sequences and their number of tokens, flat
        self.poison: int | None = None  # a token that no batch with it survives
        self.before_decode: Callable[[], None] = lambda: None
        self._capacity = capacity
        self._whole = whole
        self._cells = itertools.count()
        self._rows: dict[int, int] = {}
        self._is_cancelled: Callable[[], bool] = lambda: False

    def tokens(self, sequence: int) -> list[int]:
        return [token for _, token in self.held.get(sequence, [])]

    @property
    def cells_in_use(self) -> int:
        return len({cell for held in self.held.values() for cell, _ in held})

    def remove(self, sequence: int, start: int) -> bool:
        held = self.held.get(sequence, [])
        if self._whole and 0 < start < len(held):
            return False
        del held[start:]
        return True

    def clear(self, sequence: int) -> None:
        self.held.pop(sequence, None)

    def copy(self, source: int, target: int, length: int) -> bool:
        assert not self.held.get(target)
        if self._whole:
            return False
        self.held[target] = self.held[source][:length]
        return True

    def state_size(self, sequence: int) -> int:
        return len(self.state(sequence))

    def state(self, sequence: int) -> memoryview:
        return memoryview(struct.pack(f"<{len(self.held[sequence])}i", *self.tokens(sequence)))

    def restore(self, sequence: int, state: bytearray, length: int) -> bool:
        assert not self.held.get(sequence)
        if len(state) != 4 * length:
            return False
        self.evaluate(sequence, struct.unpack(f"<{length}i", state))
        return True

    def evaluate(self, sequence: int, tokens: Sequence[int]) -> None:
        self.held.setdefault(sequence, []).extend((next(self._cells), token) for token in tokens)
        assert self.cells_in_use <= self._capacity

    def watch(self, is_cancelled: Callable[[], bool]) -> None:
        self._is_cancelled = is_cancelled

    def decode(self, parts: Sequence[Part]) -> None:
        assert 0 < sum(len(part.tokens) for part in parts) <= BATCH
        assert len({part.sequence for part in parts}) == len(parts)
        self.batches.append([len(part.tokens) for part in parts])
        self._rows = {}
        end = 0
        for part in parts:
            assert part.position == len(self.held.get(part.sequence, []))
            self.evaluate(part.sequence, part.tokens)
            end += len(part.tokens)
            for row in range(end - part.rows, end):
                length = part.position + len(part.tokens) - (end - 1 - row)
                self._rows[row] = follows(self.tokens(part.sequence)[:length])
        self.before_decode()
        if any(self.poison in part.tokens for part in parts):
            raise DecodeFailed("poison")
        if self._is_cancelled():
            raise Cancelled

    def draw(self, row: int) -> int:
        return self._rows[row]


def follows(tokens: Sequence[int]) -> int:
    """The token that comes next."""
    state = 7
    for token in tokens:
        state = (state * 31 + token) % 997
    return state
