"""Forgetting what nobody touched for as long as the settings say."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, Protocol

from app.domain.cancel import Cancel
from app.domain.chat import Conversation
from app.domain.folders import WatchedFolder
from app.domain.library import Document
from app.domain.retention import Due, Periods, due_on
from app.ports.clock import Clock
from app.ports.folders import FolderStore
from app.ports.judgements import JudgementStore
from app.ports.playbooks import PlaybookRuns
from app.services.audit import Audit
from app.services.library import Library

LOOK_EVERY_S: Final = 24 * 3600.0


class Conversations(Protocol):
    """The conversations, and how one is forgotten with all that remembers it; `services.chat.Chat` is one."""

    def conversations(self) -> list[Conversation]:
        """All of them."""
        ...

    def delete(self, conversation_id: str) -> None:
        """Forget one."""
        ...


class Retention:
    """A document counts as touched when it was added or read anew, all else when it was last changed or added to.

    The documents of a watched folder are left alone: they are there for as long as their files are, and would come back
    with the next look at the folder. So are those of the team's library: they are not one person's to forget.
    """

    def __init__(
        self,
        library: Library,
        conversations: Conversations,
        judgements: JudgementStore,
        runs: PlaybookRuns,
        folders: FolderStore,
        audit: Audit,
        clock: Clock,
        periods: Callable[[], Periods],
    ) -> None:
        self._library = library
        self._conversations = conversations
        self._judgements = judgements
        self._runs = runs
        self._folders = folders
        self._audit = audit
        self._clock = clock
        self._periods = periods

    def outlook(self) -> list[Due]:
        """All that will be forgotten if nobody touches it, what is due first in front."""
        periods = self._periods()
        found: list[Due] = []
        if periods.documents:
            folders = self._folders.folders()
            found += [
                Due("document", str(document.id), document.name, due_on(document.added_at, periods.documents))
                for document in self._library.documents()
                if document.where == "device" and not any(_governs(folder, document) for folder in folders)
            ]
        if periods.conversations:
            found += [
                Due("conversation", one.id, one.title, due_on(one.updated_at, periods.conversations))
                for one in self._conversations.conversations()
            ]
        if periods.judgements:
            found += self._judged(periods.judgements)
        if periods.playbook_runs:
            found += [
                Due("playbook_run", str(run.id), run.title, due_on(run.changed_at, periods.playbook_runs))
                for run in self._runs.all()
            ]
        return sorted(found, key=lambda due: due.on)

    def _judged(self, days: int) -> list[Due]:
        """Judgements; those of a folder go together with its table, once the last of them is due."""
        cases = self._judgements.cases()
        alone = [
            Due("judgement", str(case.id), case.name, due_on(case.judged_at, days))
            for case in cases
            if case.batch_id is None
        ]
        folders = [
            Due(
                "judged_folder",
                str(batch.id),
                Path(batch.folder).name,
                due_on(max([batch.started_at, *(case.judged_at for case in cases if case.batch_id == batch.id)]), days),
            )
            for batch in self._judgements.batches()
        ]
        return [*alone, *folders]

    def apply(self, cancel: Cancel) -> Iterator[Due]:
        """Forget what is due, each in turn, once the ledger has it. Raises AppError LEDGER_UNWRITABLE."""
        today = self._clock.now()[:10]
        for due in self.outlook():
            cancel.check()
            if due.on > today:
                return
            self._audit.retention_ended(due)
            self._forget(due)
            yield due

    def _forget(self, due: Due) -> None:
        match due.kind:
            case "document":
                self._library.remove(int(due.id))
            case "conversation":
                self._conversations.delete(due.id)
            case "judgement":
                self._judgements.remove(int(due.id))
            case "judged_folder":
                self._judgements.remove_batch(int(due.id))
            case "playbook_run":
                self._runs.remove(int(due.id))

    def follow(self, cancel: Cancel) -> Iterator[Due]:
        """Forget what is due now, and look again every day until cancelled."""
        while not cancel.is_set():
            yield from self.apply(cancel)
            cancel.wait(LOOK_EVERY_S)


def _governs(folder: WatchedFolder, document: Document) -> bool:
    return folder.collection == document.collection and Path(document.path).is_relative_to(folder.path)
