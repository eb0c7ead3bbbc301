"""Conversations as files, and files of other programs as conversations."""

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, get_args

from app.domain.chat import Message, branch, latest_leaf
from app.domain.chat_export import Exported, as_html, as_json_text, as_markdown, as_paragraphs
from app.domain.chat_import import MOST_BYTES, ImportedConversation, read_conversations
from app.domain.errors import AppError, ErrorCode
from app.ports.chats import Chats
from app.ports.clock import Clock
from app.ports.document_writer import DocumentWriter
from app.services.grounding import Grounding
from app.services.projects import Projects

ExportFormat = Literal["md", "html", "json", "docx"]
FORMATS: Final[tuple[ExportFormat, ...]] = get_args(ExportFormat)
JAN_THREAD: Final = "messages.jsonl"  # in the folder of a thread


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What came of an import."""

    conversations: int
    messages: int
    known: int  # conversations that had been imported before


class Transfer:
    """Writes conversations and takes them in."""

    def __init__(
        self, chats: Chats, grounding: Grounding, writer: DocumentWriter, clock: Clock, projects: Projects
    ) -> None:
        self._chats = chats
        self._grounding = grounding
        self._writer = writer
        self._clock = clock
        self._projects = projects

    def export(self, conversation_id: str, form: ExportFormat, leaf: str | None = None) -> bytes:
        """The file of a conversation: JSON has all of its branches, other formats the one down to `leaf`.

        Raises AppError UNKNOWN_CONVERSATION.
        """
        messages = self._grounding.refilled(self._chats.messages(conversation_id))
        title = next((one.title for one in self._chats.conversations() if one.id == conversation_id), "")
        if form == "json":
            project = self._projects.of(conversation_id)
            return as_json_text(Exported(title, messages, project.name if project else "")).encode()
        shown = Exported(title, branch(messages, leaf or latest_leaf(messages) or ""))
        if form == "docx":
            return self._writer.write(title, as_paragraphs(shown))
        return (as_html(shown) if form == "html" else as_markdown(shown)).encode()

    def read(self, path: Path) -> list[ImportedConversation]:
        """What an export holds; nothing is kept yet. Raises AppError FILE_NOT_FOUND, CHATS_UNREADABLE."""
        file = path / JAN_THREAD if path.is_dir() else path
        if not file.is_file():
            raise AppError(ErrorCode.FILE_NOT_FOUND, path=str(file))
        try:
            with file.open("rb") as opened:
                untrusted = opened.read(MOST_BYTES + 1)
            text = untrusted.decode("utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise AppError(ErrorCode.CHATS_UNREADABLE, where="the file", reason=str(error)) from error
        if len(untrusted) > MOST_BYTES:
            reason = f"it is larger than {MOST_BYTES // 1024**2} MB"
            raise AppError(ErrorCode.CHATS_UNREADABLE, where="the file", reason=reason)
        found = read_conversations(text)
        return [named(one, path) for one in found] if path.is_dir() else found

    def keep(self, conversations: Sequence[ImportedConversation]) -> ImportReport:
        """Keep what was read, but for what had been imported before; each in the project of the name that it had."""
        known = self._chats.origins()
        fresh = {one.origin: one for one in conversations if one.origin not in known}
        for one in reversed(fresh.values()):  # the first of an export is the newest, and so it is here
            project = self._projects.named(one.project).id if one.project else ""
            kept = self._chats.create(one.title, origin=one.origin, project=project)
            ids = {message.id: str(uuid.uuid4()) for message in one.messages}
            for message in one.messages:
                parent = ids[message.parent] if message.parent else None
                when = message.created_at or self._clock.now()
                self._chats.save(
                    Message(ids[message.id], kept.id, parent, message.role, message.text, when, model=message.model)
                )
        messages = sum(len(one.messages) for one in fresh.values())
        return ImportReport(len(fresh), messages, len(conversations) - len(fresh))


def named(conversation: ImportedConversation, folder: Path) -> ImportedConversation:
    """A thread of Jan with the title that stands beside it, if any does."""
    try:
        untrusted = json.loads((folder / "thread.json").read_text(encoding="utf-8")[:MOST_BYTES])
    except (OSError, ValueError, RecursionError):
        return conversation  # its first question is its title
    title = untrusted.get("title") if isinstance(untrusted, dict) else None
    return conversation.titled(title) if isinstance(title, str) and title.strip() else conversation
