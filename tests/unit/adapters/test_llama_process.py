"""A model's process dies, and the person loses one answer at most."""

import os
import signal
import statistics
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

import app.adapters.worker_process as worker_process
from app.adapters.kv_folder import KvFolder
from app.adapters.llama_process import SOME_GPU_LAYERS, LlamaProcess, ladder
from app.adapters.worker_process import worker_command
from app.domain.cancel import Cancel
from app.domain.chat import PromptMessage
from app.domain.errors import AppError, ErrorCode
from app.domain.events import GenerationEnded, ModelLoading, PromptProgress, Token
from app.domain.models import GenerationRequest, InstalledModel, KvStore, LoadSettings, Sampling

SETTINGS = LoadSettings(context=1024, threads=1)  # one thread: no waiting for another on a busy machine
STORY = (PromptMessage("user", "Tell me a very long story about a castle."),)
LONG = GenerationRequest("long", STORY, Sampling(max_tokens=400))
SHORT = GenerationRequest("short", STORY, Sampling(max_tokens=4))


@pytest.fixture
def model(test_chat_model: Path) -> InstalledModel:
    return InstalledModel("small", "Small", "chat", str(test_chat_model), 1, "0" * 64, "")


@pytest.fixture
def process(model: InstalledModel, tmp_path: Path) -> Iterator[LlamaProcess]:
    made = LlamaProcess(model, SETTINGS, tmp_path / "faults.json")
    yield made
    made.close()


def kill(process: LlamaProcess) -> None:
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)


def die_mid_answer(process: LlamaProcess) -> AppError:
    answer = process.generate(LONG, Cancel())
    with pytest.raises(AppError) as caught:
        for event in answer:
            if isinstance(event, Token):
                kill(process)
    return caught.value


def test_the_ladder_has_only_rungs_that_change_something() -> None:
    full = LoadSettings(context=8192, gpu_layers=-1, extra_buffers=True)
    assert [(r.extra_buffers, r.gpu_layers, r.context) for r in ladder(full)] == [
        (True, -1, 8192),
        (True, -1, 8192),
        (False, -1, 8192),
        (False, SOME_GPU_LAYERS, 8192),
        (False, SOME_GPU_LAYERS, 4096),
        (False, 0, 4096),
    ]
    least = LoadSettings(context=1024, gpu_layers=0, extra_buffers=False)
    assert ladder(least) == (least, least)


def test_a_death_mid_answer_costs_that_answer_only(process: LlamaProcess) -> None:
    assert die_mid_answer(process).code is ErrorCode.WORKER_DIED
    events = list(process.generate(SHORT, Cancel()))
    assert isinstance(events[0], ModelLoading)
    assert isinstance(events[-1], GenerationEnded)


def test_a_death_before_the_first_token_is_not_even_noticed(process: LlamaProcess) -> None:
    long_prompt = (PromptMessage("user", "castle wall tower " * 120),)
    killed = False
    events = []
    for event in process.generate(GenerationRequest("x", long_prompt, Sampling(max_tokens=3)), Cancel()):
        events.append(event)
        if isinstance(event, PromptProgress) and not killed:
            killed = True
            kill(process)
    assert sum(isinstance(event, ModelLoading) for event in events) == 2
    assert isinstance(events[-1], GenerationEnded)
    assert events[-1].reason != "cancelled"


def test_two_deaths_without_an_answer_between_quarantine_the_model(
    process: LlamaProcess, model: InstalledModel, tmp_path: Path
) -> None:
    die_mid_answer(process)
    die_mid_answer(process)
    reopened = LlamaProcess(model, LoadSettings(), tmp_path / "faults.json")
    for refused in (process, reopened):
        with pytest.raises(AppError) as caught:
            list(refused.generate(SHORT, Cancel()))
        assert caught.value.code is ErrorCode.MODEL_QUARANTINED
        assert caught.value.facts["faults"] == 2


def test_a_good_answer_between_two_deaths_clears_the_record(process: LlamaProcess) -> None:
    die_mid_answer(process)
    list(process.generate(SHORT, Cancel()))
    die_mid_answer(process)
    assert isinstance(list(process.generate(SHORT, Cancel()))[-1], GenerationEnded)


def test_a_death_that_several_share_is_one_death(process: LlamaProcess) -> None:
    def answer(number: int) -> ErrorCode | None:
        try:
            for _ in process.generate(GenerationRequest(f"beside {number}", STORY, LONG.sampling), Cancel()):
                pass
        except AppError as error:
            return error.code
        return None

    process.load()
    with ThreadPoolExecutor(3) as pool:
        answers = [pool.submit(answer, number) for number in range(3)]
        for event in process.generate(LONG, Cancel()):
            if isinstance(event, Token):
                break
        kill(process)
        assert ErrorCode.MODEL_QUARANTINED not in {each.result() for each in answers}
    assert isinstance(list(process.generate(SHORT, Cancel()))[-1], GenerationEnded)


def test_a_file_fetched_anew_lifts_the_quarantine(tmp_path: Path, test_chat_model: Path) -> None:
    path = tmp_path / "copy.gguf"
    path.symlink_to(test_chat_model)
    copy = InstalledModel("copy", "Copy", "chat", str(path), 1, "0" * 64, "")
    process = LlamaProcess(copy, SETTINGS, tmp_path / "faults.json")
    die_mid_answer(process)
    die_mid_answer(process)
    path.unlink()
    path.write_bytes(test_chat_model.read_bytes())
    assert isinstance(list(process.generate(SHORT, Cancel()))[-1], GenerationEnded)
    process.close()


def test_a_model_that_kills_every_process_is_given_up(process: LlamaProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    starts: list[str] = []

    def command(role: str) -> list[str]:
        starts.append(role)
        return ["/bin/sh", "-c", "kill -SEGV $$"]

    monkeypatch.setattr(worker_process, "worker_command", command)
    with pytest.raises(AppError) as caught:
        process.load()
    assert caught.value.code is ErrorCode.WORKER_DIED
    assert caught.value.facts["exit"] == -signal.SIGSEGV
    assert len(starts) == len(ladder(SETTINGS))
    monkeypatch.setattr(worker_process, "worker_command", worker_command)
    with pytest.raises(AppError) as caught:
        process.load()
    assert caught.value.code is ErrorCode.MODEL_QUARANTINED


def test_a_missing_file_and_a_broken_one_are_told_apart(tmp_path: Path) -> None:
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"GGUF and no more")
    for path, code in ((tmp_path / "none.gguf", ErrorCode.MODEL_NOT_INSTALLED), (broken, ErrorCode.MODEL_INVALID)):
        process = LlamaProcess(
            InstalledModel("x", "X", "chat", str(path), 1, "", ""), LoadSettings(), tmp_path / "faults.json"
        )
        with pytest.raises(AppError) as caught:
            process.load()
        assert caught.value.code is code
        process.close()


def test_the_context_is_never_larger_than_the_model_was_trained_for(model: InstalledModel, tmp_path: Path) -> None:
    process = LlamaProcess(model, LoadSettings(context=100_000), tmp_path / "faults.json")
    assert process.load().context == 8192
    process.close()


def test_stop_strings_end_the_answer_and_are_not_shown(process: LlamaProcess) -> None:
    greedy = Sampling(temperature=0, max_tokens=40)
    whole = _text(process, GenerationRequest("s", STORY, greedy))
    stop = whole[len(whole) // 2 : len(whole) // 2 + 6]
    assert _text(process, GenerationRequest("s", STORY, greedy, stop=(stop,))) == whole.split(stop)[0]


def test_conversations_do_not_mix(process: LlamaProcess) -> None:
    greedy = Sampling(temperature=0, max_tokens=10)
    prompts = {f"c{n}": (PromptMessage("user", f"{word}? Explain."),) for n, word in enumerate("ABCDEF")}
    alone = {name: _text(process, GenerationRequest(name, prompt, greedy)) for name, prompt in prompts.items()}
    process.close()
    for name in reversed(prompts):
        assert _text(process, GenerationRequest(name, prompts[name], greedy)) == alone[name]


def test_a_cancelled_prompt_leaves_the_memory_true(process: LlamaProcess) -> None:
    greedy = Sampling(temperature=0, max_tokens=12)
    request = GenerationRequest("c", (PromptMessage("user", "castle wall tower " * 120),), greedy)
    expected = _text(process, request)
    process.close()
    cancel = Cancel()
    for event in process.generate(request, cancel):
        if isinstance(event, PromptProgress) and event.done:
            cancel.set()
    assert _text(process, request) == expected


def test_a_conversation_is_not_read_again_after_a_restart(model: InstalledModel, tmp_path: Path) -> None:
    store = KvStore(str(tmp_path / "kv"), 64 * 1024 * 1024)
    greedy = Sampling(temperature=0, max_tokens=8)
    prompt = (PromptMessage("user", "castle wall tower " * 120),)
    kept = GenerationRequest("kept", prompt, greedy, keep=True)
    ends, texts = [], []
    for _ in range(2):
        process = LlamaProcess(model, SETTINGS, tmp_path / "faults.json", store)
        events = list(process.generate(kept, Cancel()))
        list(process.generate(replace(kept, conversation="not kept", keep=False), Cancel()))
        process.close()
        ends.append(events[-1])
        texts.append("".join(event.text for event in events if isinstance(event, Token)))
    first, second = (end.timing for end in ends if isinstance(end, GenerationEnded))
    assert first.cached_tokens == 0
    assert second.cached_tokens == second.prompt_tokens - 1
    assert texts[0] == texts[1]
    assert [path.name[:32] for path in (tmp_path / "kv").iterdir()] == [KvStore.stem("kept")]
    KvFolder(store).forget("kept")
    assert not list((tmp_path / "kv").iterdir())


def test_cancelling_is_prompt(process: LlamaProcess) -> None:
    process.load()
    waits = []
    for number in range(8):
        cancel = Cancel()
        asked: list[float] = []

        def stop(cancel: Cancel = cancel, asked: list[float] = asked) -> None:
            asked.append(time.monotonic())
            cancel.set()

        for event in process.generate(GenerationRequest(f"p{number}", STORY, LONG.sampling), cancel):
            if isinstance(event, Token) and not asked:
                threading.Timer(0.01, stop).start()
                asked_for = asked
        waits.append(time.monotonic() - asked_for[0])
    assert statistics.median(waits) < 0.1  # generous: `make bench` holds the real limit


def _text(process: LlamaProcess, request: GenerationRequest) -> str:
    return "".join(event.text for event in process.generate(request, Cancel()) if isinstance(event, Token))
