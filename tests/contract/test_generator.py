"""What every generator must do: the real worker process with a small model, and the fake that service tests use."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from app.adapters.http_client import http_client
from app.adapters.llama_process import LlamaProcess
from app.adapters.openai_gateway import Endpoint, OpenAiGateway
from app.domain.audit import Connection
from app.domain.cancel import Cancel
from app.domain.chat import PromptMessage
from app.domain.circuit import Circuit
from app.domain.errors import AppError, Cancelled, ErrorCode
from app.domain.events import GenerationEnded, GenerationEvent, ModelLoading, PromptProgress, Token
from app.domain.json_check import problems_of_text
from app.domain.json_schema import read_schema
from app.domain.models import GenerationRequest, InstalledModel, LoadSettings, Sampling
from app.ports.generator import Generator
from tests.fakes.gateway_server import Script, gateway_server
from tests.fakes.generator import FakeGenerator

CONTEXT = 512
QUESTION = (PromptMessage("system", "You are brief."), PromptMessage("user", "Name three animals of a farm."))


@pytest.fixture(scope="module", params=["worker", "fake", "gateway"])
def generator(
    request: pytest.FixtureRequest, test_chat_model: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Generator]:
    made: Generator
    if request.param == "gateway":
        with gateway_server(Script()) as url:
            yield remote(url)
        return
    if request.param == "fake":
        made = FakeGenerator([f"piece {n} " for n in range(40)], context=CONTEXT)
    else:
        model = InstalledModel("small", "Small", "chat", str(test_chat_model), 1, "0" * 64, "")
        faults = tmp_path_factory.mktemp("faults") / "faults.json"
        made = LlamaProcess(model, LoadSettings(context=CONTEXT, threads=1), faults)
    yield made
    made.close()


class Unrecorded:
    """Implements `ports.network.NetworkLog`: keeps nothing."""

    def network_opened(self, connection: Connection) -> int:
        return 1

    def network_closed(self, opened: int, outcome: str, received: int) -> None:
        pass


def remote(url: str) -> OpenAiGateway:
    endpoint = Endpoint(url, "large", CONTEXT)
    return OpenAiGateway(endpoint, lambda: http_client("test"), lambda: "", Unrecorded(), Circuit())


@pytest.fixture(scope="module")
def worker(test_chat_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LlamaProcess]:
    model = InstalledModel("small", "Small", "chat", str(test_chat_model), 1, "0" * 64, "")
    process = LlamaProcess(
        model, LoadSettings(context=CONTEXT, threads=1), tmp_path_factory.mktemp("w") / "faults.json"
    )
    yield process
    process.close()


def ask(
    generator: Generator, conversation: str, messages: tuple[PromptMessage, ...], sampling: Sampling, **more: bool
) -> list[GenerationEvent]:
    request = GenerationRequest(conversation, messages, sampling, logprobs=more.get("logprobs", False))
    return list(generator.generate(request, Cancel()))


SCHEMA = json.dumps(
    {
        "type": "object",
        "properties": {
            "animals": {"type": "array", "items": {"enum": ["cow", "pig", "hen"]}, "minItems": 2, "maxItems": 3},
            "count": {"type": "integer", "minimum": 0, "maximum": 99},
        },
        "required": ["animals", "count"],
    }
)


def test_answers_are_held_to_a_schema_beside_others_that_are_free(worker: LlamaProcess) -> None:
    request = GenerationRequest("held", QUESTION, Sampling(temperature=0.9, seed=3, max_tokens=60), schema=SCHEMA)
    free = worker.generate(GenerationRequest("free", QUESTION, Sampling(max_tokens=40)), Cancel())
    assert isinstance(next(event for event in free if isinstance(event, Token)), Token)
    events = list(worker.generate(request, Cancel()))
    assert isinstance(events[-1], GenerationEnded)
    assert events[-1].reason == "stop"
    assert problems_of_text(read_schema(SCHEMA), text_of(events)) == ()
    assert text_of(list(worker.generate(request, Cancel()))) == text_of(events)
    assert isinstance(list(free)[-1], GenerationEnded)


def test_a_schema_that_is_not_supported_costs_nothing_but_itself(worker: LlamaProcess) -> None:
    with pytest.raises(AppError) as caught:
        list(worker.generate(GenerationRequest("bad", QUESTION, schema='{"not": {}}'), Cancel()))
    assert caught.value.code is ErrorCode.SCHEMA_UNSUPPORTED
    assert text_of(ask(worker, "good", QUESTION, Sampling(max_tokens=3)))


def text_of(events: list[GenerationEvent]) -> str:
    return "".join(event.text for event in events if isinstance(event, Token))


class TestGenerator:
    """The contract of `ports.generator.Generator`."""

    def test_loads_once_and_says_its_context(self, generator: Generator) -> None:
        loaded = generator.load()
        assert loaded.context == CONTEXT
        assert loaded.can_chat
        assert generator.load() == loaded

    def test_events_come_in_order_and_one_end(self, generator: Generator) -> None:
        events = ask(generator, "order", QUESTION, Sampling(temperature=0, max_tokens=8))
        kinds = [type(event) for event in events if not isinstance(event, ModelLoading)]
        first_token = kinds.index(Token)
        assert set(kinds[:first_token]) == {PromptProgress}
        assert set(kinds[first_token:-1]) == {Token}
        assert kinds[-1] is GenerationEnded

    def test_progress_ends_at_the_whole_prompt(self, generator: Generator) -> None:
        events = ask(generator, "progress", QUESTION, Sampling(temperature=0, max_tokens=1))
        progress = [event for event in events if isinstance(event, PromptProgress)]
        assert progress[-1].done == progress[-1].total == generator.count_prompt(QUESTION)

    def test_the_limit_of_tokens_ends_with_length(self, generator: Generator) -> None:
        end = ask(generator, "limit", QUESTION, Sampling(temperature=0, max_tokens=3))[-1]
        assert isinstance(end, GenerationEnded)
        assert end.reason == "length"
        assert end.timing.answer_tokens == 3

    def test_a_follow_up_reuses_what_was_read(self, generator: Generator) -> None:
        answer = text_of(ask(generator, "follow", QUESTION, Sampling(temperature=0, max_tokens=6)))
        further = (*QUESTION, PromptMessage("assistant", answer), PromptMessage("user", "And one more?"))
        end = ask(generator, "follow", further, Sampling(temperature=0, max_tokens=2))[-1]
        assert isinstance(end, GenerationEnded)
        assert end.timing.cached_tokens >= generator.count_prompt(QUESTION) - 5

    def test_another_conversation_reuses_what_begins_alike(self, generator: Generator) -> None:
        ask(generator, "first", QUESTION, Sampling(max_tokens=1))
        other = (QUESTION[0], PromptMessage("user", "Which river is the longest?"))
        end = ask(generator, "other", other, Sampling(max_tokens=1))[-1]
        assert isinstance(end, GenerationEnded)
        assert end.timing.cached_tokens >= generator.count_tokens([QUESTION[0].content])[0]

    def test_what_was_read_ahead_is_not_read_again(self, generator: Generator) -> None:
        if isinstance(generator, OpenAiGateway):
            pytest.skip("nothing is sent to a gateway before it is asked")
        asked = (PromptMessage("system", "You like rivers."), PromptMessage("user", "Which river is the longest one?"))
        typed = (asked[0], PromptMessage("user", "Which river is the"))
        generator.prefill(GenerationRequest("typed", typed), Cancel())
        end = ask(generator, "typed", asked, Sampling(max_tokens=1))[-1]
        assert isinstance(end, GenerationEnded)
        assert end.timing.cached_tokens >= sum(generator.count_tokens([message.content for message in typed]))

    def test_reading_ahead_can_be_cancelled(self, generator: Generator) -> None:
        cancel = Cancel()
        cancel.set()
        long = (PromptMessage("user", "castle wall tower " * 60),)
        generator.prefill(GenerationRequest("typed", long), cancel)
        end = ask(generator, "typed", long, Sampling(max_tokens=1))[-1]
        assert isinstance(end, GenerationEnded)
        assert end.timing.cached_tokens < generator.count_prompt(long) - 60

    def test_what_is_forgotten_is_read_again(self, generator: Generator) -> None:
        secret = (PromptMessage("user", "My name is Ada and this is a secret. " * 8),)
        ask(generator, "secret", secret, Sampling(max_tokens=1))
        generator.forget("secret")
        generator.forget("never seen")
        end = ask(generator, "another", secret, Sampling(max_tokens=1))[-1]
        assert isinstance(end, GenerationEnded)
        assert end.timing.cached_tokens < 60

    def test_several_at_once_each_get_their_own_answer(self, generator: Generator) -> None:
        def answer(number: int) -> GenerationEvent:
            return ask(generator, f"beside {number}", QUESTION, Sampling(temperature=0, max_tokens=number))[-1]

        with ThreadPoolExecutor(6) as pool:
            ends = list(pool.map(answer, range(1, 7)))
        assert [end.timing.answer_tokens for end in ends if isinstance(end, GenerationEnded)] == [1, 2, 3, 4, 5, 6]

    def test_one_that_cannot_be_answered_does_not_hurt_the_others(self, generator: Generator) -> None:
        def answer(text: str) -> GenerationEvent | AppError:
            try:
                return ask(generator, text[:8], (PromptMessage("user", text),), Sampling(max_tokens=12))[-1]
            except AppError as error:
                return error

        with ThreadPoolExecutor(3) as pool:
            ends = list(pool.map(answer, ("One?", "long " * CONTEXT, "Two?")))
        assert [type(end) for end in ends] == [GenerationEnded, AppError, GenerationEnded]

    def test_the_same_seed_says_the_same(self, generator: Generator) -> None:
        varied = Sampling(temperature=1.2, seed=7, max_tokens=12)
        generator.close()  # both meet an empty memory: sums depend, in their last digits, on where in it they lie
        first = text_of(ask(generator, "seed", QUESTION, varied))
        assert first
        generator.close()
        assert text_of(ask(generator, "seed", QUESTION, varied)) == first

    def test_logprobs_only_when_asked(self, generator: Generator) -> None:
        greedy = Sampling(temperature=0, max_tokens=4)
        asked = [e for e in ask(generator, "with", QUESTION, greedy, logprobs=True) if isinstance(e, Token)]
        unasked = [e for e in ask(generator, "without", QUESTION, greedy) if isinstance(e, Token)]
        assert all(token.logprob is not None and token.logprob <= 0 for token in asked)
        assert all(token.logprob is None for token in unasked)

    def test_a_prompt_that_does_not_fit_is_refused_with_figures(self, generator: Generator) -> None:
        long = (PromptMessage("user", "word " * CONTEXT),)
        with pytest.raises(AppError) as caught:
            ask(generator, "long", long, Sampling())
        assert caught.value.code is ErrorCode.CONTEXT_OVERFLOW
        assert caught.value.facts == {"needed": generator.count_prompt(long) + 1, "available": CONTEXT}

    def test_cancelled_ends_with_that_reason_and_the_next_works(self, generator: Generator) -> None:
        cancel = Cancel()
        request = GenerationRequest("stop", QUESTION, Sampling(temperature=0.8, max_tokens=400))
        events: list[GenerationEvent] = []
        for event in generator.generate(request, cancel):
            events.append(event)
            if isinstance(event, Token):
                cancel.set()
        assert isinstance(events[-1], GenerationEnded)
        assert events[-1].reason == "cancelled"
        assert text_of(ask(generator, "stop", QUESTION, Sampling(max_tokens=4)))

    def test_a_caller_may_walk_away(self, generator: Generator) -> None:
        answer = generator.generate(GenerationRequest("walk", QUESTION, Sampling(max_tokens=400)), Cancel())
        while not isinstance(next(answer), Token):
            pass
        del answer
        assert text_of(ask(generator, "stay", QUESTION, Sampling(max_tokens=4)))

    def test_continuations_have_scores_in_order(self, generator: Generator) -> None:
        choices = ["Cow.", "The cow, the pig and the hen.", ""]
        if isinstance(generator, OpenAiGateway):
            with pytest.raises(AppError) as caught:
                generator.score(QUESTION, choices, Cancel())
            assert caught.value.code is ErrorCode.GATEWAY_CANNOT
            return
        scores = generator.score(QUESTION, choices, Cancel())
        assert [len(each.token_logprobs) > 0 for each in scores] == [True, True, False]
        assert all(each.logprob == pytest.approx(sum(each.token_logprobs)) for each in scores)
        assert all(logprob < 0 for each in scores for logprob in each.token_logprobs)
        cancel = Cancel()
        cancel.set()
        with pytest.raises(Cancelled):
            generator.score(QUESTION, choices, cancel)

    def test_it_loads_anew_after_close(self, generator: Generator) -> None:
        generator.close()
        events = ask(generator, "again", QUESTION, Sampling(max_tokens=2))
        assert isinstance(events[0], ModelLoading)
        assert isinstance(events[-1], GenerationEnded)


def test_an_answer_goes_on_where_it_ends(worker: LlamaProcess) -> None:
    sampling = Sampling(temperature=0, max_tokens=12)
    whole = text_of(ask(worker, "whole", QUESTION, sampling))
    begun = text_of(ask(worker, "begun", QUESTION, replace(sampling, max_tokens=5)))
    assert whole.startswith(begun)
    rest = GenerationRequest(
        "begun", (*QUESTION, PromptMessage("assistant", begun)), replace(sampling, max_tokens=7), goes_on=True
    )
    assert begun + text_of(list(worker.generate(rest, Cancel()))) == whole


def test_the_number_of_threads_may_change_between_answers(test_chat_model: Path, tmp_path: Path) -> None:
    model = InstalledModel("small", "Small", "chat", str(test_chat_model), 1, "0" * 64, "")
    counts = iter([1, 3, 0])
    process = LlamaProcess(
        model, LoadSettings(context=CONTEXT, threads=1), tmp_path / "faults.json", threads=lambda: next(counts)
    )
    try:
        said = [text_of(ask(process, "t", QUESTION, Sampling(temperature=0, max_tokens=6))) for _ in range(3)]
    finally:
        process.close()
    assert len(set(said)) == 1
    assert list(counts) == []
