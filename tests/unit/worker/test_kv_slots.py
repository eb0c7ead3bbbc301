"""The record of what the memory holds, against a memory that keeps its own books."""

from hypothesis import given
from hypothesis import strategies as st

from app.worker.kv_slots import KvSlots, Slot

CAPACITY = 24


class Memory:
    """Holds tokens by sequence; `whole` ones cannot be cut, like those of recurrent models."""

    def __init__(self, *, whole: bool = False) -> None:
        self.held: dict[int, list[int]] = {}
        self._whole = whole

    def remove(self, sequence: int, start: int) -> bool:
        tokens = self.held.get(sequence, [])
        if self._whole and 0 < start < len(tokens):
            return False
        del tokens[start:]
        return True

    def clear(self, sequence: int) -> None:
        self.held.pop(sequence, None)

    def evaluate(self, slot: Slot, tokens: list[int]) -> None:
        self.held.setdefault(slot.sequence, []).extend(tokens)
        slot.tokens += tokens


def read(slots: KvSlots, memory: Memory, conversation: str, prompt: list[int]) -> int:
    """Read a prompt as the worker does; returns how much of it was there."""
    slot = slots.open(conversation, prompt)
    cached = len(slot.tokens)
    slots.make_room(slot, len(prompt) - cached)
    memory.evaluate(slot, prompt[cached:])
    assert memory.held[slot.sequence] == slot.tokens == prompt
    return cached


def test_a_longer_prompt_reuses_the_shorter() -> None:
    memory = Memory()
    slots = KvSlots(memory, 2, CAPACITY)
    assert read(slots, memory, "a", [1, 2, 3]) == 0
    assert read(slots, memory, "a", [1, 2, 3, 4, 5]) == 3


def test_the_last_token_is_always_evaluated_anew() -> None:
    memory = Memory()
    slots = KvSlots(memory, 2, CAPACITY)
    read(slots, memory, "a", [1, 2, 3])
    assert read(slots, memory, "a", [1, 2, 3]) == 2


def test_a_changed_prompt_reuses_only_what_is_the_same() -> None:
    memory = Memory()
    slots = KvSlots(memory, 2, CAPACITY)
    read(slots, memory, "a", [1, 2, 3, 4])
    assert read(slots, memory, "a", [1, 9, 3, 4]) == 1


def test_the_longest_unused_conversation_gives_up_its_slot() -> None:
    memory = Memory()
    slots = KvSlots(memory, 2, CAPACITY)
    for conversation in ("a", "b", "a", "c"):
        read(slots, memory, conversation, [1, 2, 3])
    assert read(slots, memory, "a", [1, 2, 3, 4]) == 3
    assert read(slots, memory, "b", [1, 2, 3, 4]) == 0


def test_a_memory_that_cannot_be_cut_is_cleared() -> None:
    memory = Memory(whole=True)
    slots = KvSlots(memory, 2, CAPACITY)
    read(slots, memory, "a", [1, 2, 3, 4])
    assert read(slots, memory, "a", [1, 2, 9]) == 0


@given(
    st.lists(
        st.tuples(st.sampled_from("abcdef"), st.lists(st.integers(0, 2), min_size=1, max_size=CAPACITY)), max_size=20
    )
)
def test_no_conversation_sees_another_and_the_memory_never_overflows(turns: list[tuple[str, list[int]]]) -> None:
    memory = Memory()
    slots = KvSlots(memory, 3, CAPACITY)
    for conversation, prompt in turns:
        read(slots, memory, conversation, prompt)
        assert sum(map(len, memory.held.values())) <= CAPACITY
