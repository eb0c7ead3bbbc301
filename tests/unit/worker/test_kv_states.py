"""States on disk: what comes back is what was put there, and nothing else ever does."""

import stat
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.models import KvStore, LoadSettings
from app.worker.kv_slots import KEPT_AGAIN, KEPT_FROM, KvSlots
from app.worker.kv_states import LARGEST_SHARE, WORTHWHILE, KvStates, state_key
from tests.unit.worker.native_memory import NativeMemory

TOKENS = list(range(300))
NEXT = [*TOKENS, 7]
DATA = memoryview(bytes(range(256)) * 40)
KEY = state_key("0" * 64, LoadSettings())
LIMIT = 100_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "kv"


@pytest.fixture
def states(folder: Path) -> KvStates:
    return KvStates(KvStore(str(folder), LIMIT), KEY)


def file_in(folder: Path) -> Path:
    (path,) = folder.iterdir()
    return path


def test_what_comes_back_is_what_was_kept(states: KvStates, folder: Path) -> None:
    states.save("a", TOKENS, DATA)
    state = states.load("a", NEXT, 0)
    assert state is not None
    assert state.tokens == TOKENS
    assert state.data == DATA
    if sys.platform != "win32":
        assert stat.S_IMODE(file_in(folder).stat().st_mode) == 0o600


def test_a_state_that_spares_little_is_not_read(states: KvStates) -> None:
    states.save("a", TOKENS, DATA)
    assert states.load("a", NEXT, 300 - WORTHWHILE) is not None
    assert states.load("a", NEXT, 301 - WORTHWHILE) is None
    assert states.load("a", [*TOKENS[: WORTHWHILE - 1], -1, -1], 0) is None
    assert states.load("b", NEXT, 0) is None


def test_a_state_of_other_settings_or_another_model_is_not_taken(folder: Path) -> None:
    store = KvStore(str(folder), LIMIT)
    KvStates(store, KEY).save("a", TOKENS, DATA)
    assert KvStates(store, state_key("1" * 64, LoadSettings())).load("a", NEXT, 0) is None
    faster = LoadSettings(context=512, threads=7, gpu_layers=0, extra_buffers=False)
    assert KvStates(store, state_key("0" * 64, faster)).load("a", NEXT, 0) is not None


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[:-1],
        lambda data: data[:50],
        lambda data: b"",
        lambda data: data + b"x",
        lambda data: data[:-5] + bytes([data[-5] ^ 1]) + data[-4:],
        lambda data: data[:72] + b"\xff\xff\xff\xff" + data[76:],
        lambda data: b"X" + data[1:],
        lambda data: data[:45] + b"?" + data[46:],
    ],
)
def test_a_damaged_file_is_deleted_and_not_used(
    states: KvStates, folder: Path, damage: Callable[[bytes], bytes]
) -> None:
    states.save("a", TOKENS, DATA)
    path = file_in(folder)
    path.write_bytes(damage(path.read_bytes()))
    assert states.load("a", NEXT, 0) is None
    assert not path.exists()


@settings(max_examples=60)
@given(place=st.integers(0, 76 + 4 * 300 + len(DATA) - 1), change=st.integers(1, 255))
def test_no_changed_byte_goes_unnoticed(tmp_path_factory: pytest.TempPathFactory, place: int, change: int) -> None:
    folder = tmp_path_factory.mktemp("kv")
    states = KvStates(KvStore(str(folder), LIMIT), KEY)
    states.save("a", TOKENS, DATA)
    path = file_in(folder)
    data = bytearray(path.read_bytes())
    data[place] ^= change
    path.write_bytes(data)
    assert states.load("a", NEXT, 0) is None


def test_the_longest_unused_are_deleted_for_room(states: KvStates, folder: Path) -> None:
    large = memoryview(bytes(LIMIT // LARGEST_SHARE - 76 - 4 * 300))
    for name in "abcd":
        states.save(name, TOKENS, large)
    states.load("a", NEXT, 0)
    states.save("e", TOKENS, large)
    assert [name for name in "abcde" if states.load(name, NEXT, 0)] == ["a", "c", "d", "e"]
    assert sum(path.stat().st_size for path in folder.iterdir()) <= LIMIT


def test_one_conversation_may_not_take_it_all(states: KvStates) -> None:
    assert states.takes(LIMIT // LARGEST_SHARE)
    assert not states.takes(LIMIT // LARGEST_SHARE + 1)


def test_what_was_cut_short_is_cleared_away(states: KvStates, folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "half.tmp").write_bytes(b"half")
    states.save("a", TOKENS, DATA)
    assert file_in(folder).suffix == ".kv"


def test_a_folder_that_cannot_be_written_is_no_failure(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    states = KvStates(KvStore(str(tmp_path / "file" / "kv"), LIMIT), KEY)
    states.save("a", TOKENS, DATA)
    assert states.load("a", NEXT, 0) is None


# --- with the slots that use them ------------------------------------------------------------------------------------


def read(slots: KvSlots, memory: NativeMemory, conversation: str, prompt: list[int], *, keep: bool = True) -> int:
    slot = slots.open(conversation, prompt, keep=keep)
    assert slot is not None
    known = len(slot.tokens)
    assert memory.tokens(slot.sequence) == slot.tokens == prompt[:known]
    assert slots.make_room(len(prompt) - known)
    memory.evaluate(slot.sequence, prompt[known:])
    slots.extend(slot, prompt[known:])
    slots.release(slot)
    assert slots.cells_in_use == memory.cells_in_use
    return known


def test_an_evicted_conversation_comes_back_from_disk(states: KvStates) -> None:
    memory = NativeMemory(700)
    slots = KvSlots(memory, 2, 700, states)
    for start, name in enumerate("abc"):
        read(slots, memory, name, list(range(start * 1000, start * 1000 + KEPT_FROM)))
    assert read(slots, memory, "a", [*range(KEPT_FROM), 5]) == KEPT_FROM
    assert read(slots, memory, "b", [*range(1000, 1000 + KEPT_FROM), 5]) == KEPT_FROM


def test_only_what_may_be_kept_and_is_long_enough_is_kept(states: KvStates, folder: Path) -> None:
    memory = NativeMemory(2000)
    slots = KvSlots(memory, 3, 2000, states)
    read(slots, memory, "unasked", list(range(500)), keep=False)
    read(slots, memory, "short", list(range(1000, 1000 + KEPT_FROM - 1)))
    assert not slots.is_unkept()
    read(slots, memory, "long", list(range(2000, 2000 + KEPT_FROM)))
    assert slots.is_unkept()
    slots.keep_next()
    assert not slots.is_unkept()
    assert file_in(folder).name.startswith(KvStore.stem("long"))
    read(slots, memory, "long", list(range(2000, 2000 + KEPT_FROM + KEPT_AGAIN)))
    assert slots.is_unkept()


def test_what_is_forgotten_is_nowhere(states: KvStates, folder: Path) -> None:
    memory = NativeMemory(2000)
    slots = KvSlots(memory, 3, 2000, states)
    read(slots, memory, "a", TOKENS)
    slots.keep_next()
    slots.forget("a")
    assert not list(folder.iterdir())
    assert slots.cells_in_use == memory.cells_in_use == 0
    assert not slots.is_unkept()


def test_what_is_forgotten_while_it_is_in_work_is_gone_afterwards(states: KvStates, folder: Path) -> None:
    memory = NativeMemory(2000)
    slots = KvSlots(memory, 3, 2000, states)
    slot = slots.open("a", TOKENS, keep=True)
    assert slot is not None
    memory.evaluate(slot.sequence, TOKENS)
    slots.extend(slot, TOKENS)
    slots.forget("a")
    assert slot.tokens == TOKENS
    slots.release(slot)
    assert slots.cells_in_use == memory.cells_in_use == 0
    assert not slots.is_unkept()


def test_a_state_that_the_memory_refuses_is_deleted(states: KvStates, folder: Path) -> None:
    states.save("a", TOKENS, DATA)  # not what the memory writes
    memory = NativeMemory(2000)
    assert read(KvSlots(memory, 3, 2000, states), memory, "a", NEXT) == 0
    assert not list(folder.iterdir())
