"""`donjon chats …`: what is kept, found, exported, imported and deleted."""

from collections import Counter
from dataclasses import asdict
from pathlib import Path

from app.cli.doors import Services
from app.cli.terminal import say, say_json
from app.domain.chat import Conversation, branch, latest_leaf
from app.domain.chat_export import disclosure
from app.domain.errors import AppError, ErrorCode
from app.services.chat_transfer import ExportFormat


def say_list(services: Services, *, as_json: bool) -> None:
    """List the conversations."""
    kept = services.chat.conversations()
    if as_json:
        say_json({"conversations": [asdict(one) for one in kept]})
        return
    for one in kept:
        say(f"{one.id[:8]}  {one.updated_at[:10]}  {one.title}{'  (pinned)' if one.pinned else ''}")
    say(f"{len(kept)} chats")


def say_found(services: Services, typed: str, *, as_json: bool) -> None:
    """List what was said somewhere."""
    hits = services.conversations.find(typed)
    if as_json:
        say_json({"hits": [asdict(hit) for hit in hits]})
        return
    for hit in hits:
        say(f"{hit.conversation_id[:8]}  {hit.created_at[:10]}  {hit.title}")
        if hit.snippet:
            say(f"          {'you' if hit.role == 'user' else 'AI'}: {hit.snippet}")
    say(f"{len(hits)} found")


def say_projects(services: Services, *, as_json: bool) -> None:
    """List the projects."""
    held = Counter(one.project for one in services.chat.conversations())
    projects = services.projects.all()
    if as_json:
        say_json({"projects": [{**asdict(one), "chats": held[one.id]} for one in projects]})
        return
    for one in projects:
        where = ", ".join((*(one.collections or ("all documents",)), *([one.model] if one.model else [])))
        say(f"{one.id[:8]}  {held[one.id]:4} chats  {one.name}  ({where})")
    say(f"{len(projects)} projects")


def move(services: Services, beginning: str, project: str, *, as_json: bool) -> None:
    """Put a conversation into a project, or into none."""
    conversation = named(services, beginning)
    into = services.projects.find(project) if project else None
    services.projects.move(conversation.id, into.id if into else "")
    if as_json:
        say_json({"id": conversation.id, "project": into.name if into else ""})
    else:
        say(f"“{conversation.title}” is in {f'“{into.name}”' if into else 'no project'} now.")


def say_chat(services: Services, beginning: str, *, as_json: bool) -> None:
    """Show the newest branch of a conversation."""
    conversation = named(services, beginning)
    messages = services.chat.messages(conversation.id)
    path = branch(messages, latest_leaf(messages) or "")
    if as_json:
        shown = [{"role": one.role, "text": one.text, "created_at": one.created_at, "model": one.model} for one in path]
        say_json({"id": conversation.id, "title": conversation.title, "messages": shown})
        return
    say(conversation.title)
    for message in path:
        say("")
        say(f"You: {message.text}" if message.role == "user" else f"{message.text}\n({disclosure(message)})")


def export(services: Services, beginning: str, out: Path, form: ExportFormat, *, as_json: bool) -> None:
    """Write a conversation to a file."""
    conversation = named(services, beginning)
    content = services.transfer.export(conversation.id, form)
    try:
        out.write_bytes(content)
    except OSError as error:
        raise AppError(ErrorCode.HOME_NOT_WRITABLE, path=str(out), reason=str(error.strerror)) from error
    if as_json:
        say_json({"id": conversation.id, "path": str(out), "bytes": len(content)})
    else:
        say(f"“{conversation.title}” is written to {out}")


def take_in(services: Services, path: Path, *, as_json: bool) -> None:
    """Import the conversations of another program."""
    report = services.transfer.keep(services.transfer.read(path))
    if as_json:
        say_json(asdict(report))
        return
    known = f"; {report.known} were here already" if report.known else ""
    say(f"{report.conversations} chats imported, {report.messages} messages{known}")


def delete(services: Services, beginning: str, *, as_json: bool) -> None:
    """Delete a conversation, for good."""
    conversation = named(services, beginning)
    services.chat.delete(conversation.id)
    if as_json:
        say_json({"id": conversation.id, "title": conversation.title})
    else:
        say(f"“{conversation.title}” is deleted")


def named(services: Services, beginning: str) -> Conversation:
    """The one conversation whose id begins so. Raises AppError UNKNOWN_CONVERSATION."""
    found = [one for one in services.chat.conversations() if beginning and one.id.startswith(beginning)]
    if len(found) != 1:
        raise AppError(ErrorCode.UNKNOWN_CONVERSATION, conversation=beginning)
    return found[0]
