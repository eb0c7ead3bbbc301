"""Playbooks: started, answered, gone back in, and worked on by the models and documents of this device."""

import json
import threading
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from app.domain.cancel import Cancel
from app.domain.chat import PromptMessage
from app.domain.errors import AppError, Cancelled, ErrorCode
from app.domain.events import ModelLoading, PromptProgress, Retrieved, Token
from app.domain.playbook import (
    FOUND,
    NOTHING,
    VERDICTS,
    AnyStep,
    Classify,
    Draft,
    Judge,
    LookUp,
    Playbook,
)
from app.domain.playbook_record import record
from app.domain.playbook_run import (
    LONGEST_ANSWER,
    LONGEST_RUN,
    Done,
    Progress,
    Quote,
    Run,
    adapt,
    back,
    facts,
    fill,
    fits,
    input_of,
    position,
    progress,
    rewind,
    take,
)
from app.domain.prompting import fence_of
from app.domain.query import Search
from app.domain.texts import Say
from app.ports.playbooks import PlaybookFiles, PlaybookRuns
from app.services.classifier import Classifier
from app.services.completions import Completed, CompletionRequest, Completions
from app.services.grounding import Grounding
from app.services.models import Models

PURPOSE: Final = "playbook"
QUOTES: Final = 3  # of a look-up
LONGEST_QUOTE: Final = 300  # characters
DRAFT_TOKENS: Final = 600
JUDGE_TOKENS: Final = 300
LOOK_UP_TOKENS: Final = 200
_VERDICT_SCHEMA: Final = json.dumps(
    {
        "type": "object",
        "properties": {
            "quote": {"type": "string", "maxLength": 300},
            "reason": {"type": "string", "maxLength": 300},
            "verdict": {"enum": list(VERDICTS)},
        },
        "required": ["quote", "reason", "verdict"],
        "additionalProperties": False,
    }
)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a run stands, in the words that a person reads."""

    playbook: Playbook
    run: Run
    step: AnyStep
    title: str
    help: str
    progress: Progress

    @property
    def waits_for_model(self) -> bool:
        """Whether the step at hand is a model's or a search's, and not done yet."""
        return isinstance(self.step, LookUp | Classify | Judge | Draft) and self.run.proposal is None


WorkEvent = Token | ModelLoading | PromptProgress | Standing


@dataclass(frozen=True, slots=True)
class PlaybookPrompts:
    """The texts that a model is asked with: judge has question, text and fence; draft instruction, facts and fence."""

    judge: str
    draft: str


class Playbooks:
    """Runs playbooks. Every change of a run is kept at once, so that it can be gone on with."""

    def __init__(
        self,
        files: PlaybookFiles,
        runs: PlaybookRuns,
        completions: Completions,
        classifier: Classifier,
        grounding: Grounding,
        models: Models,
        prompts: PlaybookPrompts,
        say: Say = str,
    ) -> None:
        """`say` puts texts in the language that people read."""
        self._files = files
        self._runs = runs
        self._completions = completions
        self._classifier = classifier
        self._grounding = grounding
        self._models = models
        self._prompts = prompts
        self._say = say
        self._lock = threading.Lock()

    def all(self) -> list[Playbook]:
        """All playbooks, by title."""
        return self._files.all()

    def problems(self) -> list[AppError]:
        """Why files that were added are left out: PLAYBOOK_INVALID."""
        return self._files.problems()

    def runs(self) -> list[Run]:
        """All runs, the one changed last first."""
        return self._runs.all()

    def start(self, playbook_id: str) -> Standing:
        """Begin a playbook. Raises AppError UNKNOWN_PLAYBOOK."""
        playbook = self._playbook(playbook_id)
        return self._stand(playbook, self._runs.add(Run(playbook.id, playbook.digest, title=playbook.title)))

    def resume(self, run_id: int) -> Standing:
        """Where a run stands. Of a playbook that was changed meanwhile, the answers that still apply are kept.

        Raises AppError UNKNOWN_PLAYBOOK_RUN, UNKNOWN_PLAYBOOK.
        """
        run = self._runs.get(run_id)
        playbook = self._playbook(run.playbook)
        adapted = adapt(playbook, run)
        return self._stand(playbook, run if adapted is run else self._runs.save(adapted))

    def answer(self, run_id: int, answer: str) -> Standing:
        """Answer the step at hand: an option's id, or a text. A model's proposal is taken over or set right by it.

        Raises AppError PLAYBOOK_ANSWER_UNFIT, and as `resume` does.
        """
        at = self.resume(run_id)
        by_hand = not isinstance(at.step, LookUp) or answer == NOTHING
        if not fits(at.step, answer) or not by_hand or len(at.run.path) >= LONGEST_RUN:
            raise AppError(ErrorCode.PLAYBOOK_ANSWER_UNFIT, step=at.step.id, longest=LONGEST_ANSWER)
        done = Done(at.step.id, answer)
        proposal = at.run.proposal
        if isinstance(at.step, Draft):
            model = proposal.model if proposal is not None else ""
            done = replace(done, model=model, of=input_of(at.step, at.playbook, at.run.path))
        return self._take(at, done)

    def back(self, run_id: int) -> Standing:
        """Stand before the last answer that the person gave; raises as `resume` does."""
        at = self.resume(run_id)
        return self._keep(at, back(at.playbook, at.run))

    def change(self, run_id: int, place: int) -> Standing:
        """Stand before the answer at `place` of the path (from 0), to give another; what comes after is kept where it
        still applies. Raises as `resume` does."""
        at = self.resume(run_id)
        return self._keep(at, rewind(at.playbook, at.run, place))

    def remove(self, run_id: int) -> None:
        """Forget a run. Raises AppError UNKNOWN_PLAYBOOK_RUN."""
        self._runs.remove(run_id)

    def record(self, run_id: int) -> str:
        """The record of a run as Markdown; raises as `resume` does."""
        at = self.resume(run_id)
        return record(at.playbook, at.run, self._say)

    def work(self, run_id: int, cancel: Cancel) -> Iterator[WorkEvent]:
        """Do the step at hand, if it is a model's or a search's; the last item is where the run stands then.

        Raises Cancelled, AppError as `resume`, `Completions.complete` and `Classifier.classify` do; the person may
        answer such a step instead.
        """
        at = self.resume(run_id)
        match at.step:
            case LookUp():
                yield from self._look_up(at, at.step, cancel)
            case Classify():
                yield self._classify(at, at.step, cancel)
            case Judge():
                yield from self._judge(at, at.step, cancel)
            case Draft():
                yield from self._draft(at, at.step, cancel)
            case _:
                yield at

    # --- what models and searches do ----------------------------------------------------------------------------

    def _look_up(self, at: Standing, step: LookUp, cancel: Cancel) -> Iterator[WorkEvent]:
        """Answer from the documents. What they do not say counts as nothing found, however a model puts it."""
        query, collection = input_of(step, at.playbook, at.run.path), step.collection or None
        done = Done(step.id, NOTHING, of=query)
        if self._grounding.documents(
            Search((collection,) if collection is not None else ())
        ):  # else a model would answer from its own memory
            request = replace(
                self._request(query, self._at_most(LOOK_UP_TOKENS)), collection=collection, everywhere=True
            )
            for event in self._completions.complete(request, cancel):
                if isinstance(event, Retrieved) and not event.used:
                    break
                if isinstance(event, Completed):
                    done = _found(done, event, self._model())
                elif isinstance(event, ModelLoading | PromptProgress):
                    yield event
        cancel.check()
        yield self._take(at, done)

    def _classify(self, at: Standing, step: Classify, cancel: Cancel) -> Standing:
        """Take the likeliest class over where it is sure or has a way out; else propose it."""
        text = input_of(step, at.playbook, at.run.path)
        classes = [(one.id, one.text) for one in step.classes]
        found = self._classifier.classify(fill(step.title, at.playbook, at.run.path), text, classes, PURPOSE, cancel)
        best = step.classes[found.best].id
        done = Done(step.id, best, confidence=found.confidence, model=found.model, of=text)
        if found.confidence >= step.confidence or step.unsure:
            return self._take(at, done)
        return self._keep(at, replace(at.run, proposal=done))

    def _judge(self, at: Standing, step: Judge, cancel: Cancel) -> Iterator[WorkEvent]:
        """Have a question answered with yes, no or unclear; a verdict without words of the text counts as unclear."""
        text = input_of(step, at.playbook, at.run.path)
        question = fill(step.question, at.playbook, at.run.path)
        prompt = self._prompts.judge.format(question=question, text=text, fence=fence_of(uuid.uuid4().hex))
        request = replace(self._request(prompt, JUDGE_TOKENS), schema=_VERDICT_SCHEMA)
        for event in self._completions.complete(request, cancel):
            if isinstance(event, ModelLoading | PromptProgress):
                yield event
            if isinstance(event, Completed):
                cancel.check()
                yield self._take(at, _judged(step.id, event.text, text, self._model()))

    def _draft(self, at: Standing, step: Draft, cancel: Cancel) -> Iterator[WorkEvent]:
        """Write a text, streaming, and propose it."""
        prompt = self._prompts.draft.format(
            instruction=fill(step.instruction, at.playbook, at.run.path),
            facts=facts(at.playbook, at.run.path),
            fence=fence_of(uuid.uuid4().hex),
        )
        for event in self._completions.complete(self._request(prompt, self._at_most(DRAFT_TOKENS)), cancel):
            if isinstance(event, Token | ModelLoading | PromptProgress):
                yield event
            if isinstance(event, Completed):
                done = Done(
                    step.id,
                    event.text.strip()[:LONGEST_ANSWER],
                    model=self._model(),
                    of=input_of(step, at.playbook, at.run.path),
                )
                yield self._keep(at, replace(at.run, proposal=done))

    def _request(self, prompt: str, max_tokens: int) -> CompletionRequest:
        sampling = replace(self._completions.sampling(), temperature=0.0, max_tokens=max_tokens)
        return CompletionRequest(PURPOSE, "", (PromptMessage("user", prompt),), sampling, purpose=PURPOSE)

    def _at_most(self, tokens: int) -> int:
        """As long as the person lets answers be, and no longer than what is asked for needs."""
        return min(tokens, self._completions.sampling().max_tokens)

    def _model(self) -> str:
        return self._models.find("chat").name

    # --- keeping ------------------------------------------------------------------------------------------------

    def _take(self, at: Standing, done: Done) -> Standing:
        return self._keep(at, take(at.playbook, at.run, done))

    def _keep(self, at: Standing, run: Run) -> Standing:
        """Keep what became of a run, unless it went on meanwhile: a model may still work where a person has left."""
        with self._lock:
            if self._runs.get(run.id) != at.run:
                raise Cancelled
            return self._stand(at.playbook, self._runs.save(run))

    def _playbook(self, playbook_id: str) -> Playbook:
        for playbook in self.all():
            if playbook.id == playbook_id:
                return playbook
        raise AppError(ErrorCode.UNKNOWN_PLAYBOOK, playbook=playbook_id)

    def _stand(self, playbook: Playbook, run: Run) -> Standing:
        step = position(playbook, run)
        title, text = (fill(one, playbook, run.path) for one in (step.title, step.help))
        return Standing(playbook, run, step, title, text, progress(playbook, run))


def _found(done: Done, completed: Completed, model: str) -> Done:
    """What the documents said; nothing, unless they are what the answer rests on."""
    checked = completed.checked
    if checked is None or not checked.grounded:
        return done
    quotes = tuple(
        Quote(" ".join(one.quote.split())[:LONGEST_QUOTE], one.document, one.page, one.document_id)
        for one in checked.citations[:QUOTES]
    )
    return replace(done, answer=FOUND, text=checked.text.strip(), model=model, quotes=quotes)


def _judged(step_id: str, untrusted_verdict: str, text: str, model: str) -> Done:
    """A verdict as the model gave it, if what it quotes stands in the text."""
    given = json.loads(untrusted_verdict)
    quote, reason = " ".join(given["quote"].split()), " ".join(given["reason"].split())
    stands = bool(quote) and quote.casefold() in " ".join(text.split()).casefold()
    verdict = given["verdict"] if stands else "unclear"
    return Done(step_id, verdict, reason, model=model, quotes=(Quote(quote),) if stands else (), of=text)
