"""What the model itself finds likely: scores as a plain evaluation gives them, with and without LoRA adapters."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import llama_cpp.llama_cpp as llama
import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from app.domain.chat import PromptMessage
from app.domain.errors import AppError, ErrorCode
from app.domain.models import LoadSettings, LoraAdapter
from app.wire.messages import Failed, Scored
from app.worker.generate import ChatModel
from app.worker.interruption import Interruption
from app.worker.llama_engine import BATCH, LlamaEngine, Part
from app.worker.score import Scoring
from app.worker.serve import Job
from tests.unit.worker.gguf_writer import write_lora

STORY = (
    "A fox once lived in Paris, near the river, and went to the market each morning to hear the news of the town. One "
    "day a crow told him that the baker had left a cheese on the window sill. The fox thanked the crow, walked round "
    "the corner, sat down below the window and began to sing. The baker, who liked music, came out to listen, and when "
    "the song was over he cut the cheese in two halves and gave one of them to the singer. Since then there is music "
    "in that street each morning, and the crow, who cannot sing, wonders what it did wrong. "
)
QUESTION = (PromptMessage("user", STORY + "In which city does the fox live?"),)
CHOICES = ["Paris", "Berlin", "The fox lives in Paris", "The fox lives in a zoo", "", "Paris, and " * 45]
WIDTH = 576  # of SmolLM2 135M
NEAR = 0.25  # what adding in another order makes of a logarithm, with weights of four bits


class Replies:
    """Takes what a job sends."""

    def __init__(self) -> None:
        self.messages: list[msgspec.Struct] = []

    def write(self, message: msgspec.Struct) -> None:
        self.messages.append(message)


@pytest.fixture(scope="module")
def model(test_chat_model: Path) -> Iterator[ChatModel]:
    settings = LoadSettings(context=1024, threads=1, extra_buffers=False)  # sums that depend less on the batch
    yield ChatModel(LlamaEngine(str(test_chat_model), "small", settings, lambda: False, Interruption()), "small")


@pytest.fixture(scope="module")
def plain_logits(test_chat_model: Path) -> Callable[[list[int]], NDArray[np.float32]]:
    """The logits of every position, by one call of llama.cpp and nothing of ours."""
    parameters = llama.llama_model_default_params()
    parameters.use_extra_bufts = False
    native = llama.llama_model_load_from_file(str(test_chat_model).encode(), parameters)
    size = llama.llama_vocab_n_tokens(llama.llama_model_get_vocab(native))
    settings = llama.llama_context_default_params()
    settings.n_ctx = settings.n_batch = settings.n_ubatch = 1024
    settings.n_threads = settings.n_threads_batch = 1
    context = llama.llama_init_from_model(native, settings)

    def evaluate(tokens: list[int]) -> NDArray[np.float32]:
        llama.llama_memory_clear(llama.llama_get_memory(context), True)
        batch = llama.llama_batch_init(len(tokens), 0, 1)
        batch.n_tokens = len(tokens)
        for place, token in enumerate(tokens):
            batch.token[place], batch.pos[place], batch.logits[place] = token, place, 1
            batch.n_seq_id[place], batch.seq_id[place][0] = 1, 0
        assert llama.llama_decode(context, batch) == 0
        llama.llama_batch_free(batch)
        return np.ctypeslib.as_array(llama.llama_get_logits(context), shape=(len(tokens), size))

    return evaluate


def score(model: ChatModel, continuations: list[str]) -> list[tuple[float, ...]]:
    replies = Replies()
    tokens = [model.engine.tokenise(text, special=False) for text in continuations]
    job = Job(1, "generate", replies)  # type: ignore[arg-type]
    Scoring(model.engine, job, model.prompt(QUESTION), tokens, model.batching.add).go_on()
    while model.batching.step():
        pass
    assert not any(isinstance(message, Failed) for message in replies.messages), replies.messages
    assert isinstance(replies.messages[-1], Scored)
    scores = replies.messages[-1].scores
    assert all(each.logprob == pytest.approx(sum(each.token_logprobs)) for each in scores)
    return [each.token_logprobs for each in scores]


def test_scores_are_those_of_a_plain_evaluation(
    model: ChatModel, plain_logits: Callable[[list[int]], NDArray[np.float32]]
) -> None:
    prompt = model.prompt(QUESTION)
    found = score(model, CHOICES)
    assert len(prompt) > BATCH
    assert len(found[-1]) > BATCH
    assert [len(each) for each in found] == [len(model.engine.tokenise(text, special=False)) for text in CHOICES]
    for text, logprobs in list(zip(CHOICES, found, strict=True))[1::2]:
        tokens = model.engine.tokenise(text, special=False)
        rows = plain_logits(prompt + tokens)
        expected = [_logprob(rows[len(prompt) - 1 + place], token) for place, token in enumerate(tokens)]
        if tokens:
            assert np.abs(np.subtract(logprobs, expected)).mean() < NEAR, text


def _logprob(row: NDArray[np.float32], token: int) -> float:
    numbers = row.astype(np.float64) - row.max()
    return float(numbers[token] - np.log(np.exp(numbers).sum()))


def test_scores_do_not_change_with_what_the_memory_holds(model: ChatModel) -> None:
    first = score(model, CHOICES)
    again = score(model, CHOICES[::-1])[::-1]
    for one, other in zip(first, again, strict=True):
        assert not one or np.abs(np.subtract(one, other)).mean() < NEAR


def test_the_prompt_is_evaluated_once(model: ChatModel, monkeypatch: pytest.MonkeyPatch) -> None:
    evaluated: list[int] = []
    decode = model.engine.decode

    def counting(parts: Sequence[Part]) -> None:
        evaluated.append(sum(len(part.tokens) for part in parts))
        decode(parts)

    monkeypatch.setattr(model.engine, "decode", counting)
    model.renew()
    score(model, [" A", " B", " C", " D", " A or B"])
    prompt = len(model.prompt(QUESTION))
    assert prompt < sum(evaluated) < prompt + 10


def test_what_does_not_fit_is_refused(model: ChatModel) -> None:
    with pytest.raises(AppError) as caught:
        score(model, ["fine", "word " * 1024])
    assert caught.value.code is ErrorCode.CONTEXT_OVERFLOW


@pytest.fixture
def adapter(tmp_path: Path) -> str:
    write_lora(tmp_path / "lora.gguf", width=WIDTH)
    return str(tmp_path / "lora.gguf")


def test_an_adapter_changes_the_model_by_its_scale(model: ChatModel, adapter: str) -> None:
    def scores(*scales: float) -> tuple[float, ...]:
        model.use_adapters(tuple(LoraAdapter(adapter, scale) for scale in scales))
        return score(model, ["The fox lives in Paris"])[0]

    without = scores()
    assert np.allclose(scores(0.0), without, atol=NEAR)
    whole = scores(1.0)
    assert max(np.abs(np.subtract(whole, without))) > 4 * NEAR
    assert max(np.abs(np.subtract(scores(0.5), whole))) > 2 * NEAR
    assert np.allclose(scores(), without, atol=NEAR)


def test_another_set_of_adapters_lets_go_of_what_was_read(model: ChatModel, adapter: str) -> None:
    score(model, ["Paris"])
    before = model.batching
    model.use_adapters((LoraAdapter(adapter),))
    assert model.batching is not before
    same = model.batching
    model.use_adapters((LoraAdapter(adapter),))
    assert model.batching is same
    model.use_adapters(())


@pytest.mark.parametrize("fault", ["other width", "other architecture", "not an adapter", "cut off"])
def test_an_adapter_that_does_not_fit_is_refused(model: ChatModel, tmp_path: Path, fault: str, adapter: str) -> None:
    path = tmp_path / "bad.gguf"
    write_lora(path, width=64 if fault == "other width" else WIDTH,
               architecture="qwen2" if fault == "other architecture" else "llama")  # fmt: skip
    if fault == "not an adapter":
        path.write_bytes(b"GGUF" + bytes(200))
    if fault == "cut off":
        path.write_bytes(path.read_bytes()[:-5000])
    with pytest.raises(AppError) as caught:
        model.use_adapters((LoraAdapter(str(path)),))
    assert caught.value.code is ErrorCode.ADAPTER_INVALID
    assert score(model, ["Paris"])
