"""The demo: a small company's handbook is indexed and asked three questions, one of which it cannot answer."""

from pathlib import Path
from typing import Final

from app.cli.answers import follow, say_sources
from app.cli.doors import Services
from app.cli.library_commands import add
from app.cli.terminal import say, stoppable
from app.domain.errors import Cancelled
from app.domain.query import Search

COLLECTION: Final = "Demo"
QUESTIONS: Final = (
    "I have a nine-hour flight. May I book premium economy, and who approves it?",
    "A laptop was stolen. How fast must it be reported, and to whom?",
    "What is the dress code for customer visits?",
)


def demonstrate(services: Services, samples: Path) -> int:
    """Index the samples, ask, and show where each answer comes from."""
    with stoppable() as cancel:
        say("Donjon, the demo: a handbook of a fictional company, asked on this machine.\n")
        if add(services, [samples], COLLECTION, cancel, wait=True, as_json=False):
            return 4
        for number, question in enumerate(QUESTIONS, 1):
            cancel.check()
            say(f"\n{number}. {question}\n")
            answered = follow(services.chat.answer(question, search=Search((COLLECTION,)), cancel=cancel), stream=True)
            say_sources(answered)
            if answered.finished.stopped:
                raise Cancelled
    return 0
