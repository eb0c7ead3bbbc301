"""Which tokens the KV memory holds for whom: slots, prefixes shared between conversations, eviction.

The record here is the truth that prompts are compared with, so it lists a token only once the memory surely holds it.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from app.domain.models import owner

KEPT_FROM = 256  # tokens: shorter conversations are read again sooner than they are kept
KEPT_AGAIN = 64  # new tokens for which a conversation is kept anew
HEADROOM = 32  # cells that must be free beyond its prompt for an answer to begin beside others


class KvMemory(Protocol):
    """The part of the native context that holds evaluated tokens, by sequence and position."""

    def remove(self, sequence: int, start: int) -> bool:
        """Forget the tokens of a sequence from position `start` on; False if it can only be forgotten whole."""
        ...

    def clear(self, sequence: int) -> None:
        """Forget a sequence."""
        ...

    def copy(self, source: int, target: int, length: int) -> bool:
        """Let the empty sequence `target` share the cells of another's first tokens; False if that cannot be done."""
        ...

    def state_size(self, sequence: int) -> int:
        """The bytes of `state`."""
        ...

    def state(self, sequence: int) -> memoryview:
        """All that is held of a sequence, for `restore`."""
        ...

    def restore(self, sequence: int, state: bytearray, length: int) -> bool:
        """Let the empty sequence hold what another held of `length` tokens; False, and empty still, if it cannot."""
        ...


@dataclass(frozen=True, slots=True)
class KvState:
    """Tokens, and what the memory held of them."""

    tokens: list[int]
    data: bytearray


class StateStore(Protocol):
    """Where states outlive the process."""

    def load(self, conversation: str, wanted: Sequence[int], known: int) -> KvState | None:
        """The conversation's state, if it holds worthwhile more of `wanted` than is known already."""
        ...

    def takes(self, size: int) -> bool:
        """Whether a state of so many bytes may be kept."""
        ...

    def save(self, conversation: str, tokens: Sequence[int], data: memoryview) -> None:
        """Keep a state in place of the conversation's last."""
        ...

    def forget(self, conversation: str) -> None:
        """Delete the conversation's state."""
        ...


@dataclass(slots=True, eq=False)
class Slot:
    """One sequence of the memory and the conversation it belongs to."""

    sequence: int
    conversation: str | None = None
    tokens: list[int] = field(default_factory=list)
    cells: list[int] = field(default_factory=list)  # the cell that holds each token, by our own numbering
    used: int = 0  # a counter, higher is later
    busy: bool = False
    keep: bool = False  # its state may go to the store
    kept: int = 0  # how many of its tokens the store has


class KvSlots:
    """As many conversations as there are slots, in a memory of `capacity` cells that they share."""

    def __init__(self, memory: KvMemory, slots: int, capacity: int, store: StateStore | None = None) -> None:
        self._memory = memory
        self._store = store
        self._capacity = capacity
        self._slots = [Slot(sequence) for sequence in range(slots)]
        self._turn = 0
        self._cells = 0  # cells ever used: the number of the next one
        self._holders: Counter[int] = Counter()  # how many slots hold a cell

    @property
    def cells_in_use(self) -> int:
        """Cells that hold a token, each counted once however many conversations share it."""
        return len(self._holders)

    def open(
        self, conversation: str, wanted: Sequence[int], rows_from: int | None = None, keep: bool = False
    ) -> Slot | None:
        """A slot for the conversation that holds what is known already of `wanted`; None if there is no room now.

        What is known may come from any conversation of the same owner that begins alike, or from the store. With
        `keep` the conversation goes to the store when it is evicted. At least the last token is left out: only
        evaluating it says what comes next; with `rows_from` given, all from that token on are. The slot is busy, and
        never evicted, until released.
        """
        known = len(wanted) - 1 if rows_from is None else min(rows_from, len(wanted) - 1)
        shared = {
            slot.sequence: common(slot.tokens, wanted[:known]) if _is_shared(slot, conversation) else 0
            for slot in self._slots
        }
        source = max(self._slots, key=lambda slot: (shared[slot.sequence], slot.conversation == conversation))
        most = shared[source.sequence]
        slot = self._place(conversation, source if most else None, shared)
        if slot is None or not self._admits(len(wanted), source.cells[:most]):
            return None
        if slot.conversation != conversation:
            self._keep(slot)
            slot.conversation, slot.keep, slot.kept = conversation, False, 0
        if shared[slot.sequence] == most:
            self.cut(slot, most)
        else:
            self._copy(source, slot, most)
            source.used = self._turn
        self._turn += 1
        slot.used, slot.busy, slot.keep = self._turn, True, keep or slot.keep
        self._recall(slot, wanted[:known])
        return slot

    def release(self, slot: Slot) -> None:
        """The answer is over; its tokens stay for the next, until room is needed, unless they were forgotten."""
        slot.busy = False
        if slot.conversation is None:
            self._clear(slot)

    def extend(self, slot: Slot, tokens: Sequence[int]) -> None:
        """Record tokens that were evaluated at the slot's end."""
        cells = range(self._cells, self._cells + len(tokens))
        self._cells += len(tokens)
        self._holders.update(cells)
        slot.cells += cells
        slot.tokens += tokens

    def cut(self, slot: Slot, length: int) -> None:
        """Make memory and record agree on the first `length` tokens, or on none where the memory cannot be cut."""
        if self._memory.remove(slot.sequence, length):
            self._drop(slot, length)
        else:
            self._clear(slot)

    def make_room(self, tokens: int) -> bool:
        """Forget idle conversations, the longest unused first, until so many tokens can come; False if they cannot."""
        for slot in sorted((each for each in self._slots if not each.busy), key=lambda each: each.used):
            if self.cells_in_use + tokens <= self._capacity:
                break
            self._keep(slot)
            self._clear(slot)
        return self.cells_in_use + tokens <= self._capacity

    def is_unkept(self) -> bool:
        """Whether the store lacks something of a conversation that is idle."""
        return any(self._is_unkept(slot) for slot in self._slots)

    def keep_next(self) -> None:
        """Bring the store up to date with one conversation."""
        for slot in self._slots:
            if self._is_unkept(slot):
                self._keep(slot)
                return

    def forget(self, conversation: str) -> None:
        """Hold nothing of a conversation any more, here or in the store; one in work is cleared when it is released."""
        for slot in self._slots:
            if slot.conversation == conversation:
                slot.conversation, slot.keep = None, False
                if not slot.busy:
                    self._clear(slot)
        if self._store is not None:
            self._store.forget(conversation)

    # --- the store -----------------------------------------------------------------------------------------------

    def _is_unkept(self, slot: Slot) -> bool:
        length = len(slot.tokens)
        wanted = self._store is not None and slot.keep and not slot.busy
        return wanted and length >= KEPT_FROM and length - slot.kept >= KEPT_AGAIN

    def _keep(self, slot: Slot) -> None:
        if self._store is None or slot.conversation is None or not self._is_unkept(slot):
            return
        if self._store.takes(self._memory.state_size(slot.sequence)):
            self._store.save(slot.conversation, slot.tokens, self._memory.state(slot.sequence))
        slot.kept = len(slot.tokens)  # or it cannot be: there is no point in trying again until it has grown

    def _recall(self, slot: Slot, known: Sequence[int]) -> None:
        """Take over what the store has of the tokens that may be known, if that is more."""
        if self._store is None or slot.conversation is None:
            return
        state = self._store.load(slot.conversation, known, len(slot.tokens))
        if state is None or not self.make_room(len(state.tokens)):
            return
        self._clear(slot)
        if not self._memory.restore(slot.sequence, state.data, len(state.tokens)):
            self._store.forget(slot.conversation)
            return
        self.extend(slot, state.tokens)
        slot.kept = len(state.tokens)
        self.cut(slot, common(state.tokens, known))

    # --- places and cells ----------------------------------------------------------------------------------------

    def _place(self, conversation: str, source: Slot | None, shared: dict[int, int]) -> Slot | None:
        """The conversation's own slot that fits best, else the idle one that is missed least; None if all are busy."""
        idle = [slot for slot in self._slots if not slot.busy]
        own = [slot for slot in idle if slot.conversation == conversation]
        if own:
            return max(own, key=lambda slot: shared[slot.sequence])
        others = [slot for slot in idle if slot is not source] or idle
        return min(others, key=lambda slot: (bool(slot.tokens), slot.used), default=None)

    def _admits(self, wanted: int, known: Sequence[int]) -> bool:
        """Whether a prompt of so many tokens, some of them in cells already, has room beside those in work."""
        others = [slot for slot in self._slots if slot.busy]
        cells = set(known).union(*(slot.cells for slot in others))
        room = self._capacity - len(cells) - (wanted - len(known))
        return room >= (HEADROOM if others else 0)

    def _copy(self, source: Slot, target: Slot, length: int) -> None:
        self._clear(target)
        if self._memory.copy(source.sequence, target.sequence, length):
            target.tokens = source.tokens[:length]
            target.cells = source.cells[:length]
            self._holders.update(target.cells)
        else:
            self._memory.clear(target.sequence)

    def _clear(self, slot: Slot) -> None:
        self._memory.clear(slot.sequence)
        self._drop(slot, 0)

    def _drop(self, slot: Slot, length: int) -> None:
        """Take the tokens from `length` on off the record."""
        for cell in slot.cells[length:]:
            self._holders[cell] -= 1
            if not self._holders[cell]:
                del self._holders[cell]
        del slot.cells[length:], slot.tokens[length:]
        slot.kept = min(slot.kept, length)


def _is_shared(slot: Slot, conversation: str) -> bool:
    """Whether both have one owner: what was read already, and how fast, would tell an app what others asked."""
    return slot.conversation is not None and owner(slot.conversation) == owner(conversation)


def common(held: Iterable[int], wanted: Iterable[int]) -> int:
    """How many tokens two sequences begin with alike."""
    length = 0
    for one, other in zip(held, wanted, strict=False):
        if one != other:
            break
        length += 1
    return length
