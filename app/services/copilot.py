"""The quick copilot: looks at what a person shows it, offers three next steps, and carries out the one that is chosen.

Nothing that is shown is kept: it is in the calls alone, and the ledger has its length and hash. Only models of this
device see it.
"""

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final, Literal

from app.domain.cancel import Cancel
from app.domain.chat import PromptMessage
from app.domain.detectors import SURE, Kind, best_of, detect, redact
from app.domain.events import ModelLoading, PromptProgress, Token
from app.domain.guard import find_sensitive
from app.domain.next_steps import NextStep, next_steps
from app.domain.prompting import fence_of
from app.services.classifier import Classifier
from app.services.completions import Completed, CompletionRequest, Completions, conversation_name
from app.services.models import Models
from app.services.showing import Shown

PURPOSE: Final = "copilot"
CONFIDENCE: Final = 0.6  # of a model, from which its word counts
HEAD, TAIL = 44, 12  # words of the beginning and the end that the model looks at: more is not read in time
LONGEST_WORD: Final = 24  # characters: a key or a line of minified code is one word of thousands
RESULT_TOKENS: Final = 500
CHARACTERS_PER_TOKEN: Final = 3  # fewer than most texts have, so that what is taken fits
FRAME_TOKENS: Final = 300  # of the prompt round the text

By = Literal["detectors", "model", "nobody"]
_QUESTION: Final = "What kind of text is this?"
_KINDS: Final[tuple[tuple[str, str, Kind | None], ...]] = (
    ("ticket", "a user or customer reports a problem", "ticket"),
    ("outage", "a report of what failed in a service, and why", "incident"),
    ("conversation", "people who speak in turn", "transcript"),
    ("email", "a letter or a post from one person to others", "email"),
    ("advertising", "it sells, promises money or wants something clicked", "suspicious_mail"),
    ("contract", "what parties owe each other", "contract"),
    ("handbook", "a page that explains a product, a rule or how to do something", None),
)


_CLASSES: Final = tuple((word, meaning) for word, meaning, _ in _KINDS)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What it looks like, who says so, and what may be done next."""

    kind: Kind | None
    because: str
    by: By
    confidence: float
    steps: tuple[NextStep, ...]
    secrets: tuple[str, ...] = ()  # kinds of secrets in it


@dataclass(frozen=True, slots=True)
class Written:
    """What came of a step; `read` is the share of what was shown that fitted into the model's window."""

    text: str
    model: str
    read: float = 1.0


CopilotEvent = Token | ModelLoading | PromptProgress | Written


class Copilot:
    """Suggests by detectors at once, and by a model where they do not know; does only what is chosen."""

    def __init__(
        self,
        models: Models,
        completions: Completions,
        classifier: Classifier,
        prompt: str,
        ask_model: Callable[[], bool] = lambda: True,
    ) -> None:
        """`prompt` has the fields instruction, fence and text; `ask_model` says whether a model may be asked."""
        self._models = models
        self._completions = completions
        self._classifier = classifier
        self._prompt = prompt
        self._ask_model = ask_model
        self._conversations: set[str] = set()

    def see(self, shown: Shown) -> Suggestion:
        """What detectors make of it; at once."""
        found = best_of(detect(shown.text))
        secrets = tuple(dict.fromkeys(one.kind for one in find_sensitive(shown.text)))
        if found is None:
            return Suggestion(None, "", "nobody", 0.0, next_steps(None), secrets)
        return Suggestion(found.kind, found.because, "detectors", found.belief, next_steps(found.kind), secrets)

    def warm(self, cancel: Cancel) -> None:
        """Let a model that is loaded read what it is always asked, before there is something to look at.

        Raises Cancelled, and AppError as `Classifier.warm` does.
        """
        if self._ask_model():
            self._classifier.warm(_QUESTION, _CLASSES, PURPOSE, cancel)

    def think(self, shown: Shown, cancel: Cancel) -> Suggestion:
        """What the model makes of it where detectors do not know; where it is not sure either, the general steps.

        Raises Cancelled, and AppError as `Classifier.classify` does.
        """
        seen = self.see(shown)
        if seen.confidence >= SURE or not self._ask_model() or not shown.text.strip():
            return seen
        found = self._classifier.classify(_QUESTION, excerpt(shown.text), _CLASSES, PURPOSE, cancel)
        kind = _KINDS[found.best][2] if found.confidence >= CONFIDENCE else None
        if kind is None:
            return seen
        return Suggestion(kind, "", "model", found.confidence, next_steps(kind), seen.secrets)

    def write(self, instruction: str, shown: Shown, cancel: Cancel) -> Iterator[CopilotEvent]:
        """Write what a step, or the person in their own words, asks for; the last item is Written.

        Raises Cancelled, and AppError as `Completions.complete` does.
        """
        model = self._models.find("chat")
        window = self._models.generator(model).load().context
        room = max(0, window - RESULT_TOKENS - FRAME_TOKENS) * CHARACTERS_PER_TOKEN
        taken = shown.text[:room]
        asked = self._completions.sampling()
        content = self._prompt.format(instruction=instruction, fence=fence_of(uuid.uuid4().hex), text=taken)
        request = CompletionRequest(
            PURPOSE,
            model.id,
            (PromptMessage("user", content),),
            replace(asked, temperature=0.0, max_tokens=min(RESULT_TOKENS, asked.max_tokens)),
            purpose=PURPOSE,
        )
        self._conversations.add(conversation_name(request))
        for event in self._completions.complete(request, cancel):
            if isinstance(event, Token | ModelLoading | PromptProgress):
                yield event
            if isinstance(event, Completed):
                yield Written(event.text.strip(), model.name, len(taken) / max(1, len(shown.text)))

    def without_secrets(self, shown: Shown) -> str:
        """What was shown, with every secret and personal number taken out."""
        return redact(shown.text)

    def forget(self) -> None:
        """Let models hold nothing of what was shown."""
        while self._conversations:
            self._models.forget(self._conversations.pop())


def excerpt(text: str) -> str:
    """The words that say most of what kind a text is: how it begins, and how it ends."""
    words = [word[:LONGEST_WORD] for word in text[:20_000].split()]
    if len(words) <= HEAD + TAIL:
        return " ".join(words)
    return f"{' '.join(words[:HEAD])} … {' '.join(words[-TAIL:])}"
