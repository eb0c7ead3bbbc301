"""Prompts: the question with its passages as the model sees it, and how many passages fit."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from app.domain.chat import Message, PromptMessage, Style
from app.domain.library import Passage

# A fence has letters only: one with digits was given as the answer when a small model was asked for a phone number.
_LETTERS = str.maketrans("0123456789abcdef", "bcdfghjklmnpqrst")
SHORT_QUESTION = 6  # words
# Words that point back. Some point at nothing as often ("that", "es", "sie") and are not among them.
_REFERS: Final = re.compile(
    r"\b(?:it|its|they|them|their|theirs|this|these|those|he|him|his|she|her"
    r"|diese|diesem|diesen|dieser|dieses|dort|dafür|dazu|davon|damit|darin|darüber|deren|dessen)\b",
    re.IGNORECASE,
)
FORMAT_TOKENS = 12  # a passage's fence and the chat template's own tokens round it, at most


@dataclass(frozen=True, slots=True)
class Prompts:
    """The texts that prompts are made of; they live in `resources/prompts`."""

    system: str
    grounded_question: str
    structured_question: str
    shorter: str
    longer: str
    instructed: str

    def system_with(self, instructions: str) -> str:
        """The system prompt with what a project asks to be minded."""
        return f"{self.system}\n\n{self.instructed.format(instructions=instructions)}" if instructions else self.system

    def question(self, question: str, passages: Sequence[Passage], fence_seed: str) -> str:
        """The question with its passages; the bare question without any.

        Passages stand in fences that whoever wrote a document cannot foresee, so that text in it cannot close its own
        fence. `fence_seed` is any string of this turn that is not in the documents.
        """
        if not passages:
            return question
        fence = fence_of(fence_seed)
        blocks = "\n\n".join(passage_block(number, passage, fence) for number, passage in enumerate(passages, 1))
        return self.grounded_question.format(passages=blocks, question=question)

    def structured(self, question: str, schema: str) -> str:
        """The question with the JSON Schema that its answer is held to; a model that knows it fills it in better."""
        return self.structured_question.format(question=question, schema=schema) if schema else question

    def styled(self, prompt: str, style: Style) -> str:
        """A question's prompt with how its answer is to differ; it stands last, so that all before it stays read."""
        wish = {"": "", "shorter": self.shorter, "longer": self.longer}[style]
        return f"{prompt}\n\n{wish}" if wish else prompt


def fence_of(seed: str) -> str:
    """Letters that nobody who wrote a document can foresee."""
    return hashlib.sha256(seed.encode()).hexdigest()[:8].translate(_LETTERS)


def passage_block(number: int, passage: Passage, fence: str) -> str:
    """One passage, numbered, with where it is from."""
    place = ", ".join(
        part for part in (passage.document, f"page {passage.page}" if passage.page else "", passage.heading) if part
    )
    return f"[{number}] {place}\n<<{fence}\n{passage.text}\n{fence}>>"


def history(system: str, branch: Sequence[Message]) -> tuple[PromptMessage, ...]:
    """The conversation so far, word for word as the model saw and wrote it: append-only, so its KV state holds."""
    return (
        PromptMessage("system", system),
        *(PromptMessage(message.role, message.prompt or message.text) for message in branch),
    )


def fit(counts: Sequence[int], budget: int) -> int:
    """How many of the passages, best first, fit into `budget` tokens."""
    used = 0
    for number, count in enumerate(counts):
        used += count + FORMAT_TOKENS
        if used > budget:
            return number
    return len(counts)


def search_query(question: str, earlier: Sequence[str]) -> str:
    """What to search for: a follow-up that is short, or speaks of "it", takes the question before it along.

    A rule and not a model: a model's rewording costs as much time as reading the passages does.
    """
    if earlier and (len(question.split()) < SHORT_QUESTION or _REFERS.search(question)):
        return f"{earlier[-1]} {question}"
    return question


def title(question: str, limit: int = 60) -> str:
    """A conversation's title: the first line of its first question, cut at a word."""
    line = " ".join(question.split())
    return line if len(line) <= limit else line[:limit].rsplit(" ", 1)[0].rstrip(",.;:") + " …"
