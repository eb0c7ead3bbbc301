"""`donjon prompts …`: the commands and their options."""

from pathlib import Path
from typing import Annotated

import typer

from app.cli import prompt_commands
from app.cli.call import AsJson, ModelId, call_of
from app.cli.terminal import stoppable

prompts = typer.Typer(help="Prompts to fill in, with all their versions.", no_args_is_help=True)

Reference = Annotated[str, typer.Argument(metavar="ID[@VERSION]", help="See `donjon prompts list`.")]
Value = Annotated[list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="Fill in; may be repeated.")]
ValueFile = Annotated[
    list[str] | None, typer.Option("--file", metavar="NAME=PATH", help="Fill in the text of a file; may be repeated.")
]


@prompts.command("list")
def prompts_list(
    context: typer.Context,
    words: Annotated[str, typer.Argument(help="Only those that hold these words.")] = "",
    as_json: AsJson = False,
) -> None:
    """List the prompts: shipped ones, your company's, your own."""
    with call_of(context).services() as services:
        prompt_commands.say_prompts(services.prompt_library, words, as_json=as_json)


@prompts.command("show")
def prompts_show(context: typer.Context, reference: Reference, as_json: AsJson = False) -> None:
    """Show a prompt, what it asks for, and its versions."""
    with call_of(context).services() as services:
        prompt_commands.show(services.prompt_library, reference, as_json=as_json)


@prompts.command("run")
def prompts_run(
    context: typer.Context,
    reference: Reference,
    value: Value = None,
    file: ValueFile = None,
    model: ModelId = None,
    dry: Annotated[bool, typer.Option("--dry", help="Show what would be asked, and ask nothing.")] = False,
    as_json: AsJson = False,
) -> int:
    """Fill a prompt in and ask it."""
    with call_of(context).services() as services, stoppable() as cancel:
        filled = prompt_commands.fill_in(services.prompt_library, reference, value or [], file or [])
        if dry:
            prompt_commands.say_filled(filled, as_json=as_json)
            return 0
        return prompt_commands.run(services.prompt_library, filled, model, cancel, as_json=as_json)


@prompts.command("check")
def prompts_check(
    context: typer.Context,
    paths: Annotated[list[Path] | None, typer.Argument(help="Files; none for all sets of this machine.")] = None,
    as_json: AsJson = False,
) -> int:
    """Say whether prompts can be used, and why not."""
    with call_of(context).services() as services:
        return prompt_commands.check(services.prompt_library, paths or [], as_json=as_json)
