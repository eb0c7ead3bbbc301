"""`donjon chats`: the commands and their options."""

from pathlib import Path
from typing import Annotated

import typer

from app.cli import chat_commands
from app.cli.call import AsJson, call_of
from app.services.chat_transfer import FORMATS

chats = typer.Typer(help="What was asked and answered in the window.", no_args_is_help=True)
ChatId = Annotated[str, typer.Argument(help="A chat's id, or its beginning, as `donjon chats list` shows it.")]


@chats.command("list")
def chats_list(context: typer.Context, as_json: AsJson = False) -> None:
    """List the chats."""
    with call_of(context).services() as services:
        chat_commands.say_list(services, as_json=as_json)


@chats.command("find")
def chats_find(
    context: typer.Context,
    words: Annotated[str, typer.Argument(help='Words, "exact words", -without, from:me, from:ai, after:2026-01.')],
    as_json: AsJson = False,
) -> None:
    """Find what was said in any chat."""
    with call_of(context).services() as services:
        chat_commands.say_found(services, words, as_json=as_json)


@chats.command("show")
def chats_show(context: typer.Context, chat: ChatId, as_json: AsJson = False) -> None:
    """Show a chat."""
    with call_of(context).services() as services:
        chat_commands.say_chat(services, chat, as_json=as_json)


@chats.command("export")
def chats_export(
    context: typer.Context,
    chat: ChatId,
    out: Annotated[Path, typer.Argument(help=f"A file that ends in one of {', '.join(f'.{one}' for one in FORMATS)}.")],
    as_json: AsJson = False,
) -> None:
    """Write a chat to a file; JSON can be imported again. PDF is written by the window."""
    form = next((form for form in FORMATS if out.suffix.lower() == f".{form}"), None)
    if form is None:
        raise typer.BadParameter(f"the file ends in one of {', '.join(f'.{one}' for one in FORMATS)}.")
    with call_of(context).services() as services:
        chat_commands.export(services, chat, out, form, as_json=as_json)


@chats.command("import")
def chats_import(
    context: typer.Context,
    path: Annotated[Path, typer.Argument(help="An export of ChatGPT, Open WebUI or Donjon, or a thread of Jan.")],
    as_json: AsJson = False,
) -> None:
    """Import chats of another program; what was imported before is left out."""
    with call_of(context).services() as services:
        chat_commands.take_in(services, path, as_json=as_json)


@chats.command("projects")
def chats_projects(context: typer.Context, as_json: AsJson = False) -> None:
    """List the projects, and how many chats are in each."""
    with call_of(context).services() as services:
        chat_commands.say_projects(services, as_json=as_json)


@chats.command("move")
def chats_move(
    context: typer.Context,
    chat: ChatId,
    project: Annotated[str, typer.Argument(help="Its name or its id; left out: into none.")] = "",
    as_json: AsJson = False,
) -> None:
    """Put a chat into a project, or into none."""
    with call_of(context).services() as services:
        chat_commands.move(services, chat, project, as_json=as_json)


@chats.command("delete")
def chats_delete(context: typer.Context, chat: ChatId, as_json: AsJson = False) -> None:
    """Delete a chat, for good."""
    with call_of(context).services() as services:
        chat_commands.delete(services, chat, as_json=as_json)
