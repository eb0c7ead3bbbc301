"""The library of prompts: found, filled in, changed without losing a version, asked."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from app.domain.cancel import Cancel
from app.domain.errors import AppError, ErrorCode
from app.domain.events import AnswerEvent, ConversationStarted
from app.domain.library import Document
from app.domain.prompt_library import OWN, Prompt, PromptUse, PromptVersion, find
from app.domain.prompt_rendering import fill_in
from app.domain.query import EVERYWHERE, Search
from app.ports.clock import Clock
from app.ports.prompt_library import PromptStore
from app.services.chat import Chat


@dataclass(frozen=True, slots=True)
class Filled:
    """A prompt that can be asked: its text, where its answer is looked for, and what it was made of."""

    text: str
    search: Search | None
    use: PromptUse
    model: str | None = None  # the one that it was written for


class PromptLibrary:
    """Keeps prompts; a change is a new version, and what is not the person's own is changed as a copy."""

    def __init__(
        self, store: PromptStore, documents: Callable[[], Sequence[Document]], chat: Chat, clock: Clock
    ) -> None:
        self._store = store
        self._documents = documents
        self._chat = chat
        self._clock = clock

    def all(self) -> list[Prompt]:
        """All prompts, by title."""
        return self.find("")

    def find(self, typed: str) -> list[Prompt]:
        """The prompts that hold all the words typed, those whose title begins so first."""
        return find(self._store.all()[0], typed)

    def problems(self) -> list[AppError]:
        """What is wrong with files that were left out."""
        return self._store.all()[1]

    def get(self, prompt_id: str) -> Prompt:
        """A prompt with all its versions. Raises AppError UNKNOWN_PROMPT."""
        for prompt in self._store.all()[0]:
            if prompt.current.id == prompt_id:
                return prompt
        raise AppError(ErrorCode.UNKNOWN_PROMPT, prompt=prompt_id)

    def version(self, reference: str) -> PromptVersion:
        """The version that `ID@VERSION` names, or the newest of `ID`. Raises AppError UNKNOWN_PROMPT."""
        prompt_id, at, number = reference.partition("@")
        prompt = self.get(prompt_id)
        version = prompt.at(int(number)) if number.isdecimal() else None
        if at and version is None:
            raise AppError(ErrorCode.UNKNOWN_PROMPT, prompt=reference)
        return version or prompt.current

    def save(self, changed: PromptVersion) -> PromptVersion:
        """Keep a changed prompt as its next version; one that is not the person's own, or new, as a prompt of theirs.

        Raises AppError PROMPT_INVALID, HOME_NOT_WRITABLE.
        """
        held = {prompt.current.id: prompt for prompt in self._store.all()[0]}
        before = held.get(changed.id)
        if before is not None and before.is_own:
            kept = replace(changed, version=before.current.version + 1)
        else:
            based_on = changed.reference if before is not None else ""
            kept = replace(changed, id=_free_id(changed, held), version=1, based_on=based_on)
        kept = replace(kept, created_at=self._clock.now())
        self._store.keep(kept)
        return kept

    def restore(self, reference: str) -> PromptVersion:
        """Make an old version the newest again, as a version of its own; raises as `version` and `save` do."""
        old = self.version(reference)
        return self.save(replace(old, note=f"as version {old.version}"))

    def remove(self, prompt_id: str) -> None:
        """Forget a prompt of the person's own. Raises AppError UNKNOWN_PROMPT, PROMPT_READ_ONLY."""
        if not self.get(prompt_id).is_own:
            raise AppError(ErrorCode.PROMPT_READ_ONLY, prompt=prompt_id)
        self._store.remove(prompt_id)

    def check(self, path: Path) -> PromptVersion:
        """What a file holds. Raises AppError PROMPT_INVALID for what is no prompt that could be used."""
        return self._store.read(path)

    def fill_in(self, version: PromptVersion, values: Mapping[str, str]) -> Filled:
        """Fill a prompt in. Raises AppError PROMPT_VALUES, UNKNOWN_DOCUMENT."""
        text = fill_in(version, values)
        names = [values.get(one.name, one.default).strip() for one in version.variables if one.kind == "document"]
        documents = self._named([name for name in names if name])
        search = Search(documents=documents) if documents else EVERYWHERE if version.library else None
        return Filled(text, search, PromptUse(version.id, version.version, version.data_class), version.model or None)

    def run(
        self, filled: Filled, cancel: Cancel, *, model: str | None = None, temporary: bool = False
    ) -> Iterator[AnswerEvent]:
        """Ask it in a conversation of its own, of which nothing stays if `temporary`. Raises as `Chat.answer` does."""
        conversation: str | None = None
        try:
            for event in self._chat.answer(
                filled.text,
                search=filled.search,
                model=model or filled.model,
                temporary=temporary,
                prompt=filled.use,
                cancel=cancel,
            ):
                if isinstance(event, ConversationStarted):
                    conversation = event.conversation_id
                yield event
        finally:
            if temporary and conversation is not None:
                self._chat.delete(conversation)

    def _named(self, names: Sequence[str]) -> tuple[int, ...]:
        """The documents of these names."""
        if not names:
            return ()
        ids = {document.name.casefold(): document.id for document in self._documents()}
        for name in names:
            if name.casefold() not in ids:
                raise AppError(ErrorCode.UNKNOWN_DOCUMENT, document=name)
        return tuple(dict.fromkeys(ids[name.casefold()] for name in names))


def _free_id(prompt: PromptVersion, taken: Mapping[str, Prompt]) -> str:
    """An id for a prompt of the person's own, after its id or its title."""
    plain = prompt.id or unicodedata.normalize("NFKD", prompt.title.casefold())
    plain = plain.encode("ascii", "ignore").decode()  # an accent goes, its letter stays
    base = OWN + (re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:48].strip("-") or "prompt")
    number = 1
    while (base if number == 1 else f"{base}-{number}") in taken:
        number += 1
    return base if number == 1 else f"{base}-{number}"
