"""`donjon library …`: the commands and their options."""

from pathlib import Path
from typing import Annotated

import typer

from app.cli import folder_commands, library_commands, shapes
from app.cli.call import AsJson, Collection, call_of
from app.cli.experiment_program import experiment
from app.cli.terminal import say, say_json, stoppable
from app.domain.data_class import CLASSES
from app.domain.library import DEFAULT_COLLECTION

library = typer.Typer(help="Your documents.", no_args_is_help=True)
library.add_typer(experiment, name="experiment")


@library.command("add")
def library_add(
    context: typer.Context,
    paths: list[Path],
    collection: Annotated[str, typer.Option(help="The collection to add to.")] = DEFAULT_COLLECTION,
    no_wait: Annotated[
        bool, typer.Option("--no-wait", help="Be done when they are found by words; embed when the library is open.")
    ] = False,
    as_json: AsJson = False,
) -> int:
    """Add files, and all files in folders."""
    with call_of(context).services() as services, stoppable() as cancel:
        return library_commands.add(services, paths, collection, cancel, wait=not no_wait, as_json=as_json)


@library.command("list")
def library_list(context: typer.Context, collection: Collection = None, as_json: AsJson = False) -> None:
    """List the documents."""
    with call_of(context).services() as services:
        due = {int(one.id): one.on for one in services.retention.outlook() if one.kind == "document"}
        library_commands.say_documents(services.library.documents(collection), due, as_json=as_json)
        library_commands.say_if_incomplete(services)


@library.command("search")
def library_search(
    context: typer.Context,
    query: str,
    collection: Collection = None,
    limit: Annotated[int, typer.Option(min=1, max=100, help="How many passages, at most.")] = 8,
    as_json: AsJson = False,
) -> None:
    """Find passages by words and by meaning."""
    with call_of(context).services() as services:
        library_commands.search(services, query, collection, limit, as_json=as_json)


@library.command("remove")
def library_remove(
    context: typer.Context,
    document: Annotated[int, typer.Argument(help="Its number in `donjon library list`.")],
    as_json: AsJson = False,
) -> None:
    """Forget a document."""
    with call_of(context).services() as services:
        removed = services.library.remove(document)
        if as_json:
            say_json({"removed": shapes.document(removed)})
        else:
            say(f"removed {removed.name}")


@library.command("class")
def library_class(
    context: typer.Context,
    collection: Annotated[str | None, typer.Argument()] = None,
    data_class: Annotated[str | None, typer.Argument(metavar="CLASS", help=", ".join(CLASSES))] = None,
    as_json: AsJson = False,
) -> None:
    """Say how far a collection's documents may travel; without a class, show it."""
    with call_of(context).services() as services:
        library_commands.classify(services, collection, data_class, as_json=as_json)


@library.command("report")
def library_report(
    context: typer.Context,
    collection: Collection = None,
    remove_copies: Annotated[
        bool, typer.Option("--remove-copies", help="Forget what is there twice; the newest stays.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Look through a collection: copies, versions, empty pages, secrets, hidden text, what speaks to an AI."""
    with call_of(context).services() as services, stoppable() as cancel:
        library_commands.report_hygiene(services, collection, cancel, remove_copies=remove_copies, as_json=as_json)


@library.command("check")
def library_check(
    context: typer.Context,
    erased: Annotated[bool, typer.Option("--erased", help="Look for the words of what was removed.")] = False,
    as_json: AsJson = False,
) -> int:
    """Compare the index with the database; with --erased, prove that what was removed is gone."""
    with call_of(context).services() as services, stoppable() as cancel:
        if erased:
            return library_commands.say_receipt(services.library.check_erased(cancel), as_json=as_json)
        library_commands.say_report(services.library.check(), as_json=as_json)
        return 0


@library.command("rebuild")
def library_rebuild(context: typer.Context, as_json: AsJson = False) -> None:
    """Make the index anew."""
    with call_of(context).services() as services:
        library_commands.say_report(services.library.rebuild(), as_json=as_json)


@library.command("retention")
def library_retention(
    context: typer.Context,
    apply: Annotated[bool, typer.Option("--apply", help="Forget what is due, now.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show what will be forgotten, and when: documents and conversations that nobody touched for as long as is set."""
    with call_of(context).services() as services, stoppable() as cancel:
        forgotten = list(services.retention.apply(cancel)) if apply else []
        library_commands.say_retention(services.retention.outlook(), forgotten, as_json=as_json)


@library.command("watch")
def library_watch(
    context: typer.Context,
    folder: Path,
    collection: Annotated[str, typer.Option(help="The collection its documents go to.")] = DEFAULT_COLLECTION,
    as_json: AsJson = False,
) -> int:
    """Add a folder's documents, and keep in step with it: in the window always, here with `donjon library sync`."""
    with call_of(context).services() as services, stoppable() as cancel:
        watched = services.folders.watch(folder, collection)
        return folder_commands.sync(services, [watched.id], cancel, as_json=as_json)


@library.command("sync")
def library_sync(
    context: typer.Context,
    folders: Annotated[list[int] | None, typer.Argument(help="Their numbers in `donjon library folders`.")] = None,
    as_json: AsJson = False,
) -> int:
    """Read what is new or changed in watched folders, and forget what was deleted there."""
    with call_of(context).services() as services, stoppable() as cancel:
        wanted = folders or [folder.id for folder in services.folders.all()]
        return folder_commands.sync(services, wanted, cancel, as_json=as_json)


@library.command("folders")
def library_folders(context: typer.Context, as_json: AsJson = False) -> None:
    """List the watched folders."""
    with call_of(context).services() as services:
        folder_commands.say_folders(services.folders.all(), as_json=as_json)


@library.command("unwatch")
def library_unwatch(
    context: typer.Context,
    folder: Annotated[int, typer.Argument(help="Its number in `donjon library folders`.")],
    as_json: AsJson = False,
) -> None:
    """Keep in step with a folder no longer; its documents stay."""
    with call_of(context).services() as services:
        folder_commands.say_folders([services.folders.unwatch(folder)], as_json=as_json)
