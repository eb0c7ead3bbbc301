"""The chat in a terminal."""

from app.cli.answers import PLACES, follow, say_sources
from app.cli.doors import Services
from app.cli.terminal import note, report, say, stoppable
from app.domain.data_class import DEFAULT_CLASS
from app.domain.errors import AppError


def converse(services: Services, model: str | None) -> int:
    """Ask and answer until /exit or the end of the input; Ctrl-C stops the answer, not the chat."""
    current = services.models.route("answer", DEFAULT_CLASS, model).model
    documents = len(services.library.documents())
    place = PLACES[current.where]
    say(f"{current.name}, {place}, with {documents} of your documents. Ctrl-C stops an answer, /exit ends.")
    conversation: str | None = None
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
        try:
            with stoppable() as cancel:
                events = services.chat.answer(question, conversation_id=conversation, model=model, cancel=cancel)
                answered = follow(events, stream=True)
            conversation = answered.started.conversation_id
            say_sources(answered)
        except AppError as error:
            report(error, as_json=False)
            note("The chat goes on.")
