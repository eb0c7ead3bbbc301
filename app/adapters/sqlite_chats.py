"""Conversations in one SQLite file."""

import threading
import uuid
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import msgspec

from app.adapters.sqlite_file import open_sqlite, wipe
from app.domain.chat import Conversation, Message, without_document, without_team
from app.domain.chat_search import ChatHit, ChatQuery
from app.domain.errors import AppError, ErrorCode
from app.ports.clock import Clock

_MIGRATIONS: Final = (
    """
    CREATE TABLE conversations (
        id TEXT PRIMARY KEY, title TEXT NOT NULL, created_at TEXT NOT NULL, updated_at TEXT NOT NULL
    ) STRICT;
    CREATE TABLE messages (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        conversation_id TEXT NOT NULL REFERENCES conversations(id) ON DELETE CASCADE,
        parent_id TEXT,
        role TEXT NOT NULL CHECK (role IN ('system', 'user', 'assistant')),
        status TEXT NOT NULL CHECK (status IN ('streaming', 'complete', 'stopped', 'failed')),
        text TEXT NOT NULL,
        message BLOB NOT NULL  -- the whole message, msgpack
    ) STRICT;
    CREATE INDEX messages_of_conversation ON messages(conversation_id, number)
    """,
    "ALTER TABLE conversations ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0 CHECK (pinned IN (0, 1))",
    """
    CREATE VIRTUAL TABLE message_words USING fts5(
        text, content='messages', content_rowid='number', tokenize='unicode61 remove_diacritics 2'
    );
    INSERT INTO message_words(message_words) VALUES ('rebuild');
    CREATE TRIGGER message_said AFTER INSERT ON messages BEGIN
        INSERT INTO message_words(rowid, text) VALUES (new.number, new.text);
    END;
    CREATE TRIGGER message_unsaid AFTER DELETE ON messages BEGIN
        INSERT INTO message_words(message_words, rowid, text) VALUES ('delete', old.number, old.text);
    END;
    CREATE TRIGGER message_changed AFTER UPDATE OF text ON messages WHEN old.text <> new.text BEGIN
        INSERT INTO message_words(message_words, rowid, text) VALUES ('delete', old.number, old.text);
        INSERT INTO message_words(rowid, text) VALUES (new.number, new.text);
    END
    """,
    "ALTER TABLE conversations ADD COLUMN origin TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE conversations ADD COLUMN project TEXT NOT NULL DEFAULT ''",
)
_FOUND: Final = ("\x02", "\x03")  # round what was found in a snippet
_SNIPPET_WORDS: Final = 18


class SqliteChats:
    """Serves the `Chats` port; safe to call from several threads."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._lock = threading.Lock()
        self._clock = clock
        self._decode = msgspec.msgpack.Decoder(Message).decode
        self._encode = msgspec.msgpack.Encoder().encode
        self._db = open_sqlite(path, _MIGRATIONS)
        self._mark_interrupted()

    def conversations(self) -> list[Conversation]:
        """See the port."""
        with self._lock:
            rows = self._db.execute(
                "SELECT id, title, created_at, updated_at, pinned, project FROM conversations"
                " ORDER BY pinned DESC, updated_at DESC, rowid DESC"
            ).fetchall()
        return [
            Conversation(identity, title, created_at, updated_at, bool(pinned), project)
            for identity, title, created_at, updated_at, pinned, project in rows
        ]

    def messages(self, conversation_id: str) -> list[Message]:
        """All messages of a conversation's tree, oldest first."""
        with self._lock:
            known = self._db.execute("SELECT 1 FROM conversations WHERE id = ?", (conversation_id,)).fetchone()
            rows = self._db.execute(
                "SELECT message FROM messages WHERE conversation_id = ? ORDER BY number", (conversation_id,)
            ).fetchall()
        if known is None:
            raise AppError(ErrorCode.UNKNOWN_CONVERSATION, conversation=conversation_id)
        return [self._decode(row[0]) for row in rows]

    def create(self, title: str, *, temporary: bool = False, origin: str = "", project: str = "") -> Conversation:
        """See the port; what is temporary has no place here."""
        assert not temporary
        now = self._clock.now()
        conversation = Conversation(str(uuid.uuid4()), title, now, now, project=project)
        with self._lock:
            self._db.execute(
                "INSERT INTO conversations (id, title, created_at, updated_at, origin, project)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (conversation.id, title, now, now, origin, project),
            )
        return conversation

    def assign(self, conversation_id: str, project: str) -> None:
        """See the port."""
        with self._lock:
            self._db.execute("UPDATE conversations SET project = ? WHERE id = ?", (project, conversation_id))

    def origins(self) -> set[str]:
        """See the port."""
        with self._lock:
            return {origin for (origin,) in self._db.execute("SELECT origin FROM conversations WHERE origin <> ''")}

    def pin(self, conversation_id: str, *, pinned: bool) -> None:
        """See the port."""
        with self._lock:
            self._db.execute("UPDATE conversations SET pinned = ? WHERE id = ?", (pinned, conversation_id))

    def rename(self, conversation_id: str, title: str) -> None:
        """Give a conversation another title."""
        with self._lock:
            self._db.execute("UPDATE conversations SET title = ? WHERE id = ?", (title, conversation_id))

    def delete(self, conversation_id: str) -> None:
        """See the port. What is deleted is gone from the file and from its log."""
        with self._lock:
            self._db.execute("DELETE FROM conversations WHERE id = ?", (conversation_id,))
            self._wipe()

    def find(self, query: ChatQuery, limit: int) -> list[ChatHit]:
        """See the port."""
        if query.is_empty:
            return []
        hits: list[ChatHit] = []
        with self._lock:
            rows = self._db.execute(
                "SELECT c.title, m.message, snippet(message_words, 0, ?, ?, '…', ?)"
                " FROM message_words JOIN messages m ON m.number = message_words.rowid"
                " JOIN conversations c ON c.id = m.conversation_id"
                " WHERE message_words MATCH ? AND m.role = coalesce(?, m.role) ORDER BY rank",
                (*_FOUND, _SNIPPET_WORDS, _expression(query), query.role),
            )
            for title, packed, snippet in rows:
                message = self._decode(packed)
                if query.allows(message.created_at):
                    hits.append(ChatHit.of(message, title, *_marked(snippet)))
                    if len(hits) == limit:
                        break
        return hits

    def forget_document(self, content_hash: str) -> list[str]:
        """See the port. What is overwritten is gone from the file and from its log."""
        touched: dict[str, None] = {}
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                rows = self._db.execute(
                    "SELECT message FROM messages WHERE instr(message, CAST(? AS BLOB))", (content_hash,)
                ).fetchall()
                for (packed,) in rows:
                    message = self._decode(packed)
                    forgotten = without_document(message, content_hash)
                    if forgotten != message:
                        self._put(forgotten)
                        touched[message.conversation_id] = None
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")
            self._wipe()
        return list(touched)

    def save(self, message: Message, *, touch: bool = True) -> None:
        """See the port."""
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                self._put(message)
                if touch:
                    self._db.execute(
                        "UPDATE conversations SET updated_at = ? WHERE id = ?",
                        (self._clock.now(), message.conversation_id),
                    )
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def rewrite(self, conversation_id: str, messages: Sequence[Message]) -> None:
        """See the port. What is not kept is gone from the file and from its log."""
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                self._db.execute("DELETE FROM messages WHERE conversation_id = ?", (conversation_id,))
                for message in messages:
                    self._put(message)
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")
            self._wipe()

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    def _wipe(self) -> None:
        """Leave nothing of what is gone: an index of words only marks it as deleted, the log holds pages of before."""
        self._db.execute("INSERT INTO message_words(message_words) VALUES ('optimize')")
        wipe(self._db)

    def _put(self, message: Message) -> None:
        self._db.execute(
            "INSERT INTO messages (id, conversation_id, parent_id, role, status, text, message)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (id) DO UPDATE SET"
            " status = excluded.status, text = excluded.text, message = excluded.message",
            (
                message.id,
                message.conversation_id,
                message.parent_id,
                message.role,
                message.status,
                message.text,
                self._encode(without_team(message)),
            ),
        )

    def _mark_interrupted(self) -> None:
        """Answers that were streaming when the app died are kept as stopped."""
        rows = self._db.execute("SELECT message FROM messages WHERE status = 'streaming'").fetchall()
        for (packed,) in rows:
            message = self._decode(packed)
            self._put(replace(message, status="stopped", prompt=message.prompt or message.text))


def _expression(query: ChatQuery) -> str:
    """A search in the language of FTS5; whatever was typed is quoted."""
    terms = [f'"{word}"' for word in (*query.words[:-1], *query.phrases)]
    if query.words:
        terms.append(f'"{query.words[-1]}"*')  # it may not be typed to its end
    return " AND ".join(terms) + "".join(f' NOT "{word}"' for word in query.without)


def _marked(snippet: str) -> tuple[str, tuple[tuple[int, int], ...]]:
    """A snippet without its markers, in one line, and the spans that stood between them."""
    text, spans = "", []
    for piece in " ".join(snippet.split()).split(_FOUND[0]):
        found, closed, rest = piece.partition(_FOUND[1])
        if closed:
            spans.append((len(text), len(text) + len(found)))
        text += found + rest
    return text, tuple(spans)
