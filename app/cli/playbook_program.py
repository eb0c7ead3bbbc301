"""`donjon playbook …`: the commands and their options."""

from pathlib import Path
from typing import Annotated

import typer

from app.cli import playbook_commands
from app.cli.call import AsJson, call_of
from app.cli.terminal import stoppable

playbook = typer.Typer(
    help="Guided decision trees: asked step by step, with a record at the end.", no_args_is_help=True
)

Number = Annotated[int, typer.Argument(help="Its number in `donjon playbook runs`.")]


@playbook.command("list")
def playbook_list(context: typer.Context, as_json: AsJson = False) -> None:
    """List the playbooks, and files that cannot be used."""
    with call_of(context).services() as services:
        playbook_commands.say_playbooks(services, as_json=as_json)


@playbook.command("check")
def playbook_check(files: Annotated[list[Path], typer.Argument(metavar="FILE…")], as_json: AsJson = False) -> int:
    """Look for mistakes in playbook files, each with its line."""
    return playbook_commands.check(files, as_json=as_json)


@playbook.command("run")
def playbook_run(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="A playbook's name in `donjon playbook list`.")] = "",
    resume: Annotated[int | None, typer.Option(help="Go on with this run.")] = None,
    out: Annotated[Path | None, typer.Option(help="Write the record here, as Markdown.")] = None,
    as_json: AsJson = False,
) -> int:
    """Go through a playbook in the terminal: a number or a text answers, `b` goes back, Ctrl-C stops for now."""
    if bool(name) == (resume is not None):
        raise typer.BadParameter("Name a playbook, or a run with --resume.")
    with call_of(context).services() as services, stoppable() as cancel:
        at = services.playbooks.start(name) if resume is None else services.playbooks.resume(resume)
        return playbook_commands.run(services, at, out, cancel, as_json=as_json)


@playbook.command("runs")
def playbook_runs(context: typer.Context, as_json: AsJson = False) -> None:
    """List runs, the one changed last first."""
    with call_of(context).services() as services:
        playbook_commands.say_runs(services, as_json=as_json)


@playbook.command("record")
def playbook_record(context: typer.Context, number: Number) -> None:
    """Print the record of a run, as Markdown."""
    with call_of(context).services() as services:
        playbook_commands.say_record(services, number)


@playbook.command("remove")
def playbook_remove(context: typer.Context, number: Number, as_json: AsJson = False) -> None:
    """Forget a run."""
    with call_of(context).services() as services:
        services.playbooks.remove(number)
        playbook_commands.say_runs(services, as_json=as_json)
