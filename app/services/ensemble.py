"""Several answers to one question, by one model or by several, and the choice of one of them."""

import statistics
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from itertools import permutations
from typing import Final, Literal

from app.domain.cancel import Cancel
from app.domain.chat import PromptMessage
from app.domain.ensemble import Choice, likeliest, preference, rank_pairs, vote
from app.domain.errors import AppError
from app.domain.events import Token
from app.domain.models import GenerationRequest
from app.services.completions import Completed, CompletionRequest, Completions
from app.services.guard import Guard
from app.services.models import Models

Method = Literal["vote", "likeliest", "judge"]
VARIETY: Final = 0.7  # the least temperature at which one model is asked several times
PURPOSE: Final = "ensemble"


@dataclass(frozen=True, slots=True)
class Member:
    """One answer to be had: of which model, by which draw."""

    model: str
    seed: int


@dataclass(frozen=True, slots=True)
class MemberAnswer:
    """What a member said, or why it said nothing."""

    member: Member
    completed: Completed | None = None
    likelihood: float = 0.0  # mean logarithm of its tokens' probabilities
    error: AppError | None = None


@dataclass(frozen=True, slots=True)
class EnsembleRequest:
    """A question for several members; `completion` is what each is asked, but for its model and seed."""

    completion: CompletionRequest
    members: tuple[Member, ...]
    method: Method
    judge: str | None = None  # the model that judges, None for the first that answered


@dataclass(frozen=True, slots=True)
class Chosen:
    """All answers, and the one that is taken; `choice` counts those that are there only."""

    answers: tuple[MemberAnswer, ...]
    choice: Choice

    @property
    def best(self) -> MemberAnswer:
        """The answer that is taken."""
        return [answer for answer in self.answers if answer.completed is not None][self.choice.index]


class Ensemble:
    """Has a question answered several times. Each answer is on the ledger as any other."""

    def __init__(self, completions: Completions, models: Models, guard: Guard, comparison: str) -> None:
        """`comparison` is the judge's prompt, with the fields question, first and second."""
        self._completions = completions
        self._models = models
        self._guard = guard
        self._comparison = comparison

    def run(self, request: EnsembleRequest, cancel: Cancel) -> Iterator[MemberAnswer | Chosen]:
        """Yield each answer as it is there; the last item is Chosen.

        The answers of one model are made at once, those of different models one after another, since both may not fit
        into memory. A member that fails is left out. Raises Cancelled, and the first member's error if all fail.
        """
        by_model: dict[str, list[Member]] = defaultdict(list)
        for member in request.members:
            by_model[member.model].append(member)
        answers: list[MemberAnswer] = []
        for members in by_model.values():
            for answer in self._at_once(request.completion, members, cancel):
                answers.append(answer)
                yield answer
        there = [answer for answer in answers if answer.completed is not None]
        if not there:
            raise next(answer.error for answer in answers if answer.error is not None)
        yield Chosen(tuple(answers), self._choose(request, there, cancel))

    def _at_once(
        self, completion: CompletionRequest, members: Sequence[Member], cancel: Cancel
    ) -> Iterator[MemberAnswer]:
        with ThreadPoolExecutor(len(members), "member") as pool:
            asked = [pool.submit(self._answer, completion, member, len(members) > 1, cancel) for member in members]
            for answered in as_completed(asked):
                yield answered.result()

    def _answer(self, completion: CompletionRequest, member: Member, is_one_of: bool, cancel: Cancel) -> MemberAnswer:
        sampling = completion.sampling
        temperature = max(VARIETY, sampling.temperature) if is_one_of else sampling.temperature
        asked = replace(
            completion,
            model=member.model,
            sampling=replace(sampling, seed=member.seed, temperature=temperature),
            logprobs=True,
            purpose=PURPOSE,
        )
        logprobs: list[float] = []
        completed: Completed | None = None
        try:
            for event in self._completions.complete(asked, cancel):
                match event:
                    case Token(logprob=float() as logprob):
                        logprobs.append(logprob)
                    case Completed():
                        completed = event
        except AppError as error:
            return MemberAnswer(member, error=error)
        cancel.check()
        return MemberAnswer(member, completed, statistics.fmean(logprobs) if logprobs else 0.0)

    def _choose(self, request: EnsembleRequest, there: Sequence[MemberAnswer], cancel: Cancel) -> Choice:
        texts = [answer.completed.text for answer in there if answer.completed is not None]
        likelihoods = [answer.likelihood for answer in there]
        if request.method == "vote":
            return vote(texts, likelihoods)
        if request.method == "likeliest" or len(set(texts)) == 1:
            return likeliest(texts, likelihoods)
        judge = request.judge or there[0].member.model
        return rank_pairs(texts, self._compare(request.completion.asked(), texts, judge, cancel))

    def _compare(
        self, question: str, texts: Sequence[str], judge: str, cancel: Cancel
    ) -> Mapping[tuple[int, int], float]:
        """How surely the judge takes the first of each ordered pair."""
        model = self._models.find("chat", judge)
        generator = self._models.generator(model)
        preferred: dict[tuple[int, int], float] = {}
        for first, second in permutations(range(len(texts)), 2):
            cancel.check()
            prompt = self._comparison.format(question=question, first=texts[first], second=texts[second])
            request = GenerationRequest("", (PromptMessage("user", prompt),))
            a, b = self._guard.score(generator, model, request, ["A", "B"], {"purpose": "judge"}, cancel)
            preferred[first, second] = preference(a.logprob, b.logprob)
        return preferred
