"""What a turn's answer rests on: passages that are put into its prompt, or all of them read one by one."""

from collections.abc import Iterator
from dataclasses import replace

from app.domain.cancel import Cancel
from app.domain.events import AnswerEvent, ModelLoading, RailVerdict, Recorded, Retrieved
from app.domain.prompting import Prompts, history
from app.domain.query import Search
from app.domain.trace import flags_of
from app.ports.generator import Generator
from app.services.grounding import Grounded, Grounding, Question
from app.services.survey import Survey, Surveyed
from app.services.turn import Turn
from app.services.turn_routing import TurnRouting


class TurnSources:
    """Finds what a turn rests on, and freezes it into its question."""

    def __init__(self, grounding: Grounding, survey: Survey, prompts: Prompts, routes: TurnRouting) -> None:
        self._grounding = grounding
        self._survey = survey
        self._prompts = prompts
        self._routes = routes

    def survey(self, turn: Turn, generator: Generator, search: Search, cancel: Cancel) -> Iterator[AnswerEvent]:
        """Answer a question about all of something by reading all that is about it; unless there is nothing in it."""
        if not self._grounding.documents(search):
            return
        plan = self._survey.plan(turn.asked.text, turn.query, search, turn.answer.id)
        if plan is None:
            return
        yield ModelLoading(turn.model.name)
        data_class = self._routes.class_of([*turn.before, replace(turn.asked, passages=plan.passages)])
        context = turn.ledger_context()
        for event in self._survey.run(plan, generator, turn.model, data_class, context, cancel):
            match event:
                case Surveyed():
                    turn.surveyed(plan, event)
                    yield Retrieved(len(plan.passages), event.used, plan.documents, surveyed=event.read)
                case Recorded(seq=seq):
                    turn.ledger_entries += (seq,)
                case _:
                    yield event
        turn.ended = bool(turn.text)

    def retrieve(self, turn: Turn, generator: Generator, search: Search, cancel: Cancel) -> Iterator[AnswerEvent]:
        """Find passages and freeze those that fit, best first, into the question's prompt."""
        documents = self._grounding.documents(search)
        if not documents:
            return
        read = turn.read_whole(search)
        if read:
            turn.retrieved(Grounded(turn.wording, read, len(read), documents, whole=True))
            yield Retrieved(len(read), read, documents, whole=True)
            return
        question = Question(
            text=turn.wording,
            query=turn.query,
            search=search,
            documents=documents,
            before=history(self._prompts.system_with(turn.asked.instructions), turn.before),
            passages=turn.settings.passages,
            max_tokens=turn.settings.sampling.max_tokens,
            fence_seed=turn.answer.id,
        )
        for event in self._grounding.ground(question, generator, turn.model.name, cancel):
            if isinstance(event, Grounded):
                turn.retrieved(event)
                continue
            if isinstance(event, RailVerdict):
                turn.flags += flags_of("passage", [finding.kind for finding in event.findings])
            yield event
