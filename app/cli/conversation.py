"""The chat in a terminal."""

from collections.abc import Iterator

from app.cli.answers import PLACES, follow, say_sources
from app.cli.doors import Services
from app.cli.terminal import note, report, say, stoppable
from app.domain.data_class import DEFAULT_CLASS
from app.domain.errors import AppError
from app.domain.events import AnswerEvent, ConversationStarted


def converse(services: Services, model: str | None) -> int:
    """Ask and answer until /exit or the end of the input; Ctrl-C stops the answer, not the chat."""
    current = services.models.route("answer", DEFAULT_CLASS, model).model
    documents = len(services.library.documents())
    place = PLACES[current.where]
    say(f"{current.name}, {place}, with {documents} of your documents.")
    say("Ctrl-C stops an answer, /continue goes on with it, /exit ends.")
    begun: list[ConversationStarted] = []  # the last one is the newest
    while True:
        try:
            question = input("\n› ").strip()
        except (EOFError, KeyboardInterrupt):
            say()
            return 0
        if question == "/exit":
            return 0
        if not question:
            continue
        if question == "/continue" and not begun:
            note("There is no answer yet.")
            continue
        conversation = begun[-1].conversation_id if begun else None
        try:
            with stoppable() as cancel:
                if question == "/continue":
                    events = services.chat.resume(
                        begun[-1].conversation_id, begun[-1].answer_id, model=model, cancel=cancel
                    )
                else:
                    events = services.chat.answer(question, conversation_id=conversation, model=model, cancel=cancel)
                answered = follow(_noting(events, begun), stream=True)
            say_sources(answered)
        except AppError as error:
            report(error, as_json=False)
            note("The chat goes on.")


def _noting(events: Iterator[AnswerEvent], begun: list[ConversationStarted]) -> Iterator[AnswerEvent]:
    """The events; which answer has begun is noted, as one that breaks off can be gone on with."""
    for event in events:
        if isinstance(event, ConversationStarted):
            begun.append(event)
        yield event
