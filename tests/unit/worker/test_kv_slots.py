"""The record of what the memory holds, against a memory that keeps its own books."""

from hypothesis import given
from hypothesis import strategies as st

from app.worker.kv_slots import HEADROOM, KvSlots, Slot
from tests.unit.worker.native_memory import NativeMemory

CAPACITY = 24

Turns = list[tuple[str, list[int]]]
TURNS = st.lists(
    st.tuples(st.sampled_from("abcdef"), st.lists(st.integers(0, 2), min_size=1, max_size=CAPACITY)), max_size=20
)


def read(slots: KvSlots, memory: NativeMemory, conversation: str, prompt: list[int]) -> int:
    """Read a prompt as the worker does; returns how much of it was there."""
    slot = slots.open(conversation, prompt)
    assert slot is not None
    cached = len(slot.tokens)
    evaluate(slots, memory, slot, prompt[cached:])
    assert memory.tokens(slot.sequence) == slot.tokens == prompt
    slots.release(slot)
    return cached


def evaluate(slots: KvSlots, memory: NativeMemory, slot: Slot, tokens: list[int]) -> None:
    assert slots.make_room(len(tokens))
    memory.evaluate(slot.sequence, tokens)
    slots.extend(slot, tokens)


def test_a_longer_prompt_reuses_the_shorter() -> None:
    memory = NativeMemory(CAPACITY)
    slots = KvSlots(memory, 2, CAPACITY)
    assert read(slots, memory, "a", [1, 2, 3]) == 0
    assert read(slots, memory, "a", [1, 2, 3, 4, 5]) == 3


def test_the_last_token_is_always_evaluated_anew() -> None:
    memory = NativeMemory(CAPACITY)
    slots = KvSlots(memory, 2, CAPACITY)
    read(slots, memory, "a", [1, 2, 3])
    assert read(slots, memory, "a", [1, 2, 3]) == 2


def test_a_changed_prompt_reuses_only_what_is_the_same() -> None:
    memory = NativeMemory(CAPACITY)
    slots = KvSlots(memory, 2, CAPACITY)
    read(slots, memory, "a", [1, 2, 3, 4])
    assert read(slots, memory, "a", [1, 9, 3, 4]) == 1


def test_another_conversation_that_begins_alike_takes_no_cells_for_that() -> None:
    memory = NativeMemory(CAPACITY)
    slots = KvSlots(memory, 3, CAPACITY)
    read(slots, memory, "a", [1, 2, 3, 4, 5])
    assert read(slots, memory, "b", [1, 2, 3, 9]) == 3
    assert slots.cells_in_use == memory.cells_in_use == 6
    assert read(slots, memory, "a", [1, 2, 3, 4, 5, 6]) == 5


def test_no_app_learns_what_others_asked() -> None:
    memory = NativeMemory(CAPACITY)
    slots = KvSlots(memory, 3, CAPACITY)
    read(slots, memory, "person", [1, 2, 3, 4])
    assert read(slots, memory, "app one", [1, 2, 3, 4]) == 0
    assert read(slots, memory, "other one", [1, 2, 3, 4]) == 0
    assert read(slots, memory, "app two", [1, 2, 3, 4]) == 3
    assert read(slots, memory, "person", [1, 2, 3, 4]) == 0, "the longest unused made room"


def test_what_is_being_answered_can_be_shared_and_is_never_evicted() -> None:
    memory = NativeMemory(CAPACITY + HEADROOM)
    slots = KvSlots(memory, 2, CAPACITY + HEADROOM)
    busy = slots.open("a", [1, 2, 3])
    assert busy is not None
    evaluate(slots, memory, busy, [1, 2, 3])
    assert read(slots, memory, "b", [1, 2, 4]) == 2
    assert read(slots, memory, "c", [7, 8]) == 0
    assert busy.tokens == memory.tokens(busy.sequence) == [1, 2, 3]


def test_no_slot_is_given_where_the_prompt_has_no_room_beside_the_others() -> None:
    memory = NativeMemory(CAPACITY + HEADROOM)
    slots = KvSlots(memory, 3, CAPACITY + HEADROOM)
    busy = slots.open("a", list(range(CAPACITY - 3)))
    assert busy is not None
    evaluate(slots, memory, busy, list(range(CAPACITY - 3)))
    assert slots.open("b", [101, 102, 103, 104]) is None
    assert slots.open("c", [101, 102, 103]) is not None


def test_no_slot_is_given_where_all_are_busy() -> None:
    memory = NativeMemory(CAPACITY + HEADROOM)
    slots = KvSlots(memory, 1, CAPACITY + HEADROOM)
    busy = slots.open("a", [1])
    assert busy is not None
    assert slots.open("a", [1, 2]) is None
    slots.release(busy)
    assert slots.open("b", [1, 2]) is busy


def test_the_longest_unused_conversation_gives_up_its_slot() -> None:
    memory = NativeMemory(CAPACITY)
    slots = KvSlots(memory, 2, CAPACITY)
    for conversation, first in (("a", 1), ("b", 2), ("a", 1), ("c", 3)):
        read(slots, memory, conversation, [first, 2, 3])
    assert read(slots, memory, "a", [1, 2, 3, 4]) == 3
    assert read(slots, memory, "b", [2, 2, 3, 4]) == 0


def test_a_memory_that_cannot_be_cut_or_shared_is_read_anew() -> None:
    memory = NativeMemory(CAPACITY, whole=True)
    slots = KvSlots(memory, 2, CAPACITY)
    read(slots, memory, "a", [1, 2, 3, 4])
    assert read(slots, memory, "a", [1, 2, 9]) == 0
    assert read(slots, memory, "b", [1, 2, 9, 9]) == 0
    assert read(slots, memory, "b", [1, 2, 9, 9, 9]) == 4


@given(TURNS, st.booleans())
def test_no_conversation_sees_another_and_the_memory_never_overflows(turns: Turns, whole: bool) -> None:
    memory = NativeMemory(CAPACITY, whole=whole)
    slots = KvSlots(memory, 3, CAPACITY)
    for conversation, prompt in turns:
        read(slots, memory, conversation, prompt)
        assert slots.cells_in_use == memory.cells_in_use <= CAPACITY
