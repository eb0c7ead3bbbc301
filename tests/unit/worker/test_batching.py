"""The scheduler, with a native side that keeps its own books."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.wire.frames import FrameReader, FrameWriter
from app.wire.messages import Failed, FromGenerate, Stopped
from app.worker.batching import ANSWERS, PREFILL_BESIDE, Batching, Task
from app.worker.kv_slots import KvSlots
from app.worker.llama_engine import BATCH
from app.worker.serve import Job
from tests.unit.worker.native_memory import NativeMemory, follows

CAPACITY = 400
SLOTS = 6


class Writing(Task):
    """Writes `count` tokens after its prompt."""

    def __init__(self, memory: NativeMemory, conversation: str, prompt: list[int], count: int = 5) -> None:
        self.pipe = io.BytesIO()
        super().__init__(Job(1, "generate", FrameWriter(self.pipe)), conversation, list(prompt))
        self.written: list[int] = []
        self.done = False
        self.closed = 0
        self.held: list[int] = []
        self._memory = memory
        self._count = count

    def advance(self, held: int, rows: range) -> bool:
        self.held.append(held)
        if rows:
            self.written.append(self._memory.draw(rows[-1]))
            self.tokens.append(self.written[-1])
        self.done = len(self.written) == self._count
        return self.done

    def close(self) -> None:
        self.closed += 1

    def reply(self) -> object:
        self.pipe.seek(0)
        return FrameReader[FromGenerate](self.pipe, FromGenerate).read()


class Reading(Writing):
    """Work that nobody waits for."""

    background = True


class Guessing(Writing):
    """Guesses `right` tokens rightly, and one wrongly."""

    right = 2

    def guess(self) -> list[int]:
        self.guessed = [*expected(self.tokens, self.right), -1]
        return self.guessed

    def advance(self, held: int, rows: range) -> bool:
        for row in rows:
            if super().advance(held, range(row, row + 1)):
                return True
            if row - rows.start < len(rows) - 1 and self.written[-1] != self.guessed[row - rows.start]:
                break
        return False


class Broken(Writing):
    """Fails at its second token."""

    def advance(self, held: int, rows: range) -> bool:
        if self.written:
            raise ValueError("broken")
        return super().advance(held, rows)


def expected(prompt: list[int], count: int = 5) -> list[int]:
    tokens = list(prompt)
    for _ in range(count):
        tokens.append(follows(tokens))
    return tokens[len(prompt) :]


@pytest.fixture
def memory() -> NativeMemory:
    return NativeMemory(CAPACITY)


@pytest.fixture
def batching(memory: NativeMemory) -> Batching:
    return Batching(memory, KvSlots(memory, SLOTS, CAPACITY))


def run(batching: Batching, *tasks: Task) -> None:
    for task in tasks:
        batching.add(task)
    for _ in range(1000):
        if not batching.step():
            return
    raise AssertionError("it never ends")


def test_several_share_each_batch_and_each_says_what_it_says_alone(memory: NativeMemory, batching: Batching) -> None:
    tasks = [Writing(memory, f"c{n}", [n, n + 1, n + 2]) for n in range(ANSWERS)]
    run(batching, *tasks)
    assert memory.batches == [[3] * ANSWERS, *[[1] * ANSWERS] * 4]
    for n, task in enumerate(tasks):
        assert task.written == expected([n, n + 1, n + 2])
        assert task.closed == 1


def test_more_than_fit_wait_their_turn(memory: NativeMemory, batching: Batching) -> None:
    tasks = [Writing(memory, f"c{n}", [n, n]) for n in range(ANSWERS + 3)]
    run(batching, *tasks)
    assert max(map(len, memory.batches)) == ANSWERS
    assert all(task.done for task in tasks)


def test_a_long_prompt_is_read_in_small_parts_beside_an_answer(memory: NativeMemory, batching: Batching) -> None:
    batching.add(writer := Writing(memory, "a", [1], count=8))
    batching.step()
    run(batching, Writing(memory, "b", list(range(PREFILL_BESIDE * 3)), count=1))
    assert memory.batches[1:4] == [[1, PREFILL_BESIDE]] * 3
    assert writer.written == expected([1], 8)


def test_alone_a_prompt_is_read_in_full_batches(memory: NativeMemory, batching: Batching) -> None:
    run(batching, Writing(memory, "a", list(range(BATCH + 10)), count=1))
    assert memory.batches == [[BATCH], [10]]


def test_a_short_prompt_does_not_wait_for_a_long_one(memory: NativeMemory, batching: Batching) -> None:
    short = Writing(memory, "b", [500, 501], count=1)
    long = Writing(memory, "a", list(range(300)), count=1)
    batching.add(long)
    batching.add(short)
    batching.step()
    assert short.done
    assert not long.done


def test_a_cancelled_one_is_answered_so_and_the_others_go_on(memory: NativeMemory, batching: Batching) -> None:
    tasks = [Writing(memory, f"c{n}", [n, 9]) for n in range(3)]
    for task in tasks:
        task.job.begin()
        batching.add(task)
    batching.step()
    memory.before_decode = tasks[1].job.cancel
    run(batching)
    assert isinstance(tasks[1].reply(), Stopped)
    assert [task.closed for task in tasks] == [1, 1, 1]
    assert tasks[0].written == expected([0, 9])
    assert tasks[2].written == expected([2, 9])


def test_one_that_fails_fails_alone(memory: NativeMemory, batching: Batching) -> None:
    broken, sound = Broken(memory, "a", [1, 2]), Writing(memory, "b", [3, 4])
    run(batching, broken, sound)
    assert isinstance(broken.reply(), Failed)
    assert broken.closed == 1
    assert sound.written == expected([3, 4])


def test_a_batch_that_fails_costs_only_the_one_to_blame(memory: NativeMemory, batching: Batching) -> None:
    memory.poison = 666
    tasks = [Writing(memory, f"c{n}", prompt) for n, prompt in enumerate(([1, 2], [3, 666], [5, 6]))]
    run(batching, *tasks)
    assert isinstance(tasks[1].reply(), Failed)
    assert tasks[0].written == expected([1, 2])
    assert tasks[2].written == expected([5, 6])


def test_background_work_gives_way_and_what_it_read_is_kept(memory: NativeMemory, batching: Batching) -> None:
    prompt = list(range(200))
    batching.add(reading := Reading(memory, "a", prompt, count=1))
    batching.step()
    run(batching, asked := Writing(memory, "a", prompt))
    assert isinstance(reading.reply(), Stopped)
    assert asked.held[0] == BATCH
    assert asked.written == expected(prompt)


def test_two_requests_of_one_conversation_do_not_disturb_each_other(memory: NativeMemory, batching: Batching) -> None:
    run(batching, first := Writing(memory, "a", [1, 2, 3]), second := Writing(memory, "a", [1, 2, 4]))
    assert first.written == expected([1, 2, 3])
    assert second.written == expected([1, 2, 4])


def test_right_guesses_save_steps_and_wrong_ones_leave_no_trace(memory: NativeMemory, batching: Batching) -> None:
    run(batching, task := Guessing(memory, "a", [1, 2], count=10))
    assert task.written == expected([1, 2], 10)
    assert memory.batches == [[2], *[[4]] * 3]
    run(batching, follow_up := Writing(memory, "a", [*task.tokens, 5]))
    assert follow_up.held[0] == len(task.tokens) - 1
    assert follow_up.written == expected([*task.tokens, 5])


def test_nobody_guesses_beside_others(memory: NativeMemory, batching: Batching) -> None:
    tasks = [Guessing(memory, name, [n, n], count=4) for n, name in enumerate("ab")]
    run(batching, *tasks)
    assert memory.batches == [[2, 2], *[[1, 1]] * 3]


def test_where_the_memory_is_full_the_last_to_come_waits_and_begins_anew() -> None:
    memory = NativeMemory(100)
    batching = Batching(memory, KvSlots(memory, SLOTS, 100))
    first, second = Writing(memory, "a", [1] * 20, count=60), Writing(memory, "b", [2] * 20, count=60)
    run(batching, first, second)
    assert first.written == expected([1] * 20, 60)
    assert second.written == expected([2] * 20, 60)
    assert len(memory.batches) > 60


@given(
    st.lists(
        st.tuples(st.sampled_from("abcd"), st.lists(st.integers(0, 1), min_size=1, max_size=60), st.integers(1, 40)),
        max_size=12,
    ),
    st.booleans(),
)
def test_everyone_gets_what_they_would_get_alone(requests: list[tuple[str, list[int], int]], whole: bool) -> None:
    memory = NativeMemory(120, whole=whole)
    batching = Batching(memory, KvSlots(memory, 3, 120))
    tasks = [Writing(memory, conversation, prompt, count) for conversation, prompt, count in requests]
    run(batching, *tasks)
    for task, (_, prompt, count) in zip(tasks, requests, strict=True):
        assert task.written == expected(prompt, count)
        assert task.closed == 1
