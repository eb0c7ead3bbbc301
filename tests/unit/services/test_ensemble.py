"""Several answers to one question, and what becomes of those that fail."""

import json
from collections.abc import Callable, Iterator

import pytest

from app.domain.cancel import Cancel
from app.domain.chat import PromptMessage
from app.domain.errors import AppError, Cancelled, ErrorCode
from app.domain.events import GenerationEvent
from app.domain.models import GenerationRequest, Sampling, ScoredContinuation
from app.services.audit import Audit
from app.services.completions import CompletionRequest
from app.services.ensemble import VARIETY, Chosen, Ensemble, EnsembleRequest, Member, MemberAnswer, Method
from app.services.guard import Guard
from tests.fakes.generator import FakeGenerator
from tests.unit.services.conftest import World

COMPARISON = "{question}|{first}|{second}"
SAID = {1: '{"n": 1}', 2: '{"n": 22}', 3: '{"n": 22}'}


class Speaker(FakeGenerator):
    """Says what its seed says; as a judge it takes the longer answer."""

    def generate(self, request: GenerationRequest, cancel: Cancel) -> Iterator[GenerationEvent]:
        if request.sampling.seed == 9:
            raise AppError(ErrorCode.WORKER_DIED, worker="generate", exit=1)
        self.requests.append(request)
        yield from FakeGenerator((SAID[request.sampling.seed],)).generate(request, cancel)

    def score(
        self, messages: tuple[PromptMessage, ...], continuations: list[str], cancel: Cancel
    ) -> list[ScoredContinuation]:
        _, first, second = messages[-1].content.split("|")
        return [ScoredContinuation(float(len(text)), ()) for text in (first, second)]


@pytest.fixture
def world(make_world: Callable[[FakeGenerator], World]) -> World:
    return make_world(Speaker(()))


def run(world: World, seeds: list[int], method: Method) -> tuple[list[MemberAnswer], Chosen]:
    completion = CompletionRequest("", "fake", (PromptMessage("user", "How many?"),), Sampling(temperature=0.1))
    request = EnsembleRequest(completion, tuple(Member("fake", seed) for seed in seeds), method)
    ensemble = Ensemble(world.completions, world.models, Guard(Audit(world.ledger)), COMPARISON)
    *answers, chosen = ensemble.run(request, Cancel())
    assert isinstance(chosen, Chosen)
    return [answer for answer in answers if isinstance(answer, MemberAnswer)], chosen


def test_a_vote_takes_what_most_say(world: World) -> None:
    answers, chosen = run(world, [1, 2, 3], "vote")
    assert len(answers) == 3
    assert chosen.best.completed is not None
    assert chosen.best.completed.text == '{"n": 22}'
    assert all(sent.sampling.temperature == VARIETY for sent in world.generator.requests)


def test_a_judge_compares_in_both_orders_and_each_is_on_the_ledger(world: World) -> None:
    _, chosen = run(world, [1, 2], "judge")
    assert chosen.best.member.seed == 2
    purposes = [json.loads(entry.facts).get("purpose") for entry in world.ledger.entries()]
    assert purposes.count("ensemble") == 2
    assert purposes.count("judge") == 2


def test_one_that_fails_is_left_out_and_named(world: World) -> None:
    answers, chosen = run(world, [9, 1], "likeliest")
    assert chosen.best.member.seed == 1
    assert [answer.error.code for answer in answers if answer.error] == [ErrorCode.WORKER_DIED]


def test_if_all_fail_the_reason_is_told(world: World) -> None:
    with pytest.raises(AppError) as failed:
        run(world, [9, 9], "vote")
    assert failed.value.code is ErrorCode.WORKER_DIED


def test_it_can_be_stopped(world: World) -> None:
    completion = CompletionRequest("", "fake", (PromptMessage("user", "How many?"),), Sampling())
    cancel = Cancel()
    cancel.set()
    ensemble = Ensemble(world.completions, world.models, Guard(Audit(world.ledger)), COMPARISON)
    with pytest.raises(Cancelled):
        list(ensemble.run(EnsembleRequest(completion, (Member("fake", 1),), "vote"), cancel))
