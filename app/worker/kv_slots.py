"""Which conversation's tokens the KV memory holds: slots, prefix reuse, eviction.

The record here is the truth that prompts are compared with, so it lists a token only once the memory surely holds it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol


class KvMemory(Protocol):
    """The part of the native context that holds evaluated tokens, by sequence and position."""

    def remove(self, sequence: int, start: int) -> bool:
        """Forget the tokens of a sequence from position `start` on; False if it can only be forgotten whole."""
        ...

    def clear(self, sequence: int) -> None:
        """Forget a sequence."""
        ...


@dataclass(slots=True, eq=False)
class Slot:
    """One sequence of the memory and the conversation it belongs to."""

    sequence: int
    conversation: str | None = None
    tokens: list[int] = field(default_factory=list)
    used: int = 0  # a counter, higher is later


class KvSlots:
    """As many conversations as there are slots, in a memory of `capacity` cells that they share."""

    def __init__(self, memory: KvMemory, slots: int, capacity: int) -> None:
        self._memory = memory
        self._capacity = capacity
        self._slots = [Slot(sequence) for sequence in range(slots)]
        self._turn = 0

    def open(self, conversation: str, prompt: Sequence[int]) -> Slot:
        """The conversation's slot, cut back to what it shares with `prompt`.

        At least the prompt's last token is left out: only evaluating it says what comes next.
        """
        slot = self._find(conversation)
        self._turn += 1
        slot.used = self._turn
        shared = 0
        for held, wanted in zip(slot.tokens, prompt[:-1], strict=False):
            if held != wanted:
                break
            shared += 1
        self.cut(slot, shared)
        return slot

    def cut(self, slot: Slot, length: int) -> None:
        """Make memory and record agree on the first `length` tokens, or on none where the memory cannot be cut."""
        if self._memory.remove(slot.sequence, length):
            del slot.tokens[length:]
        else:
            self._clear(slot)

    def make_room(self, slot: Slot, tokens: int) -> None:
        """Forget other conversations, the longest unused first, until `slot` can grow by `tokens`."""
        others = sorted((other for other in self._slots if other is not slot), key=lambda other: other.used)
        held = sum(len(each.tokens) for each in self._slots)
        for other in others:
            if held + tokens <= self._capacity:
                return
            held -= len(other.tokens)
            self._clear(other)

    def _find(self, conversation: str) -> Slot:
        for slot in self._slots:
            if slot.conversation == conversation:
                return slot
        slot = min(self._slots, key=lambda each: each.used)
        self._clear(slot)
        slot.conversation = conversation
        return slot

    def _clear(self, slot: Slot) -> None:
        self._memory.clear(slot.sequence)
        slot.tokens = []
