"""The commands, their options and their exit codes."""

import sys
import traceback
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from typer.exceptions import TyperException

from app.cli import (
    appeal_commands,
    copilot_commands,
    diagnostics_commands,
    ensemble_commands,
    gateway_commands,
    model_commands,
    serve_commands,
)
from app.cli.answers import named
from app.cli.ask_commands import tell
from app.cli.call import AsJson, Call, Collection, ModelId, ProjectName, call_of
from app.cli.chat_program import chats
from app.cli.conversation import converse
from app.cli.demo import demonstrate
from app.cli.doors import Doors
from app.cli.home import home_folder
from app.cli.judge_program import judge
from app.cli.library_program import library
from app.cli.playbook_program import playbook
from app.cli.prompt_program import prompts
from app.cli.self_test import self_test
from app.cli.team_program import team
from app.cli.terminal import EXIT_CODES, STOPPED, note, report, report_misuse, say, say_json, stoppable
from app.domain.access import Scope
from app.domain.errors import AppError, Cancelled, ErrorCode, Kind
from app.domain.query import Search
from app.services.access import Access
from app.services.ensemble import Method

program = typer.Typer(
    name="donjon",
    help="Ask your own documents, on your own machine, and see where the answer comes from.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
models = typer.Typer(help="The models of this machine.", no_args_is_help=True)
gateway = typer.Typer(help="The models beyond this device, if your company runs any.", no_args_is_help=True)
ledger = typer.Typer(help="The record of what was asked and answered.", no_args_is_help=True)
program.command()(judge)
program.add_typer(library, name="library")
program.add_typer(chats, name="chats")
program.add_typer(prompts, name="prompts")
program.add_typer(team, name="team")
program.add_typer(models, name="models")
program.add_typer(playbook, name="playbook")
program.add_typer(gateway, name="gateway")
program.add_typer(ledger, name="ledger")
serve = typer.Typer(help="The API for other programs on this machine.")
tokens = typer.Typer(help="The tokens that open it.", no_args_is_help=True)
program.add_typer(serve, name="serve")
serve.add_typer(tokens, name="token")


def run(arguments: list[str], doors: Doors) -> int:
    """Run one command; its exit code."""
    as_json = "--json" in arguments
    call = Call(doors, home_folder())
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal that lacks a character shows a question mark
    try:
        result = typer.main.get_command(program).main(arguments, "donjon", standalone_mode=False, obj=call)
        return result if isinstance(result, int) else 0
    except TyperException as error:
        return report_misuse(error.format_message(), as_json=as_json)
    except (Cancelled, KeyboardInterrupt, typer.Abort):
        note("Stopped.")
        return STOPPED
    except AppError as error:
        return report(error, as_json=as_json)
    except Exception as error:  # noqa: BLE001  the last line of defence: a person is told, and the code says whose fault it is
        _log(call.home, error)
        return report(AppError(ErrorCode.INTERNAL, error=f"{type(error).__name__}: {error}"), as_json=as_json)


def _log(home: Path, error: Exception) -> None:
    """Keep where a mistake of ours happened, for the report of it; never documents or questions."""
    lines = traceback.format_tb(error.__traceback__)
    try:
        with (home / "donjon.log").open("a", encoding="utf-8") as log:
            log.writelines([f"{datetime.now(UTC).isoformat()} {type(error).__name__}\n", *lines])
    except OSError as unwritable:
        note(f"donjon.log could not be written: {unwritable.strerror}")


@program.callback(invoke_without_command=True)
def start(
    context: typer.Context,
    home: Annotated[Path | None, typer.Option(help="The folder that holds everything Donjon stores.")] = None,
) -> int:
    """Open the window; without a display the chat in the terminal; without a terminal the demo."""
    call = call_of(context)
    call.home = home_folder(home)
    if context.invoked_subcommand is not None:
        return 0
    if call.doors.has_display:
        return call.doors.open_window(call.home)
    if not sys.stdin.isatty():
        return demo(context)
    note("There is no display, so this is the chat in the terminal.")
    return chat(context)


@program.command()
def chat(context: typer.Context, model: ModelId = None) -> int:
    """Chat in the terminal."""
    with call_of(context).services() as services:
        return converse(services, model)


@program.command()
def ask(
    context: typer.Context,
    question: str,
    collection: Collection = None,
    model: ModelId = None,
    project: ProjectName = "",
    document: Annotated[
        list[str] | None,
        typer.Option(help="Ask of this document, by name or path; it is read whole if it fits. May be repeated."),
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Go through every passage that may hold part of the answer, one by one.")
    ] = False,
    no_library: Annotated[bool, typer.Option("--no-library", help="Ask the model alone.")] = False,
    send_anyway: Annotated[
        bool, typer.Option("--send-anyway", help="Let secrets that were found in it go to the gateway.")
    ] = False,
    schema: Annotated[Path | None, typer.Option(help="A JSON Schema: the answer is JSON that fits it.")] = None,
    adapter: Annotated[
        list[str] | None, typer.Option(help="A LoRA adapter that changes the model, as ID or ID=0.5; may be repeated.")
    ] = None,
    vote: Annotated[int, typer.Option(min=0, max=16, help="With --schema: ask this often, take what agrees most.")] = 0,
    best_of: Annotated[int, typer.Option(min=0, max=16, help="Ask this often, take the best.")] = 0,
    also: Annotated[list[str] | None, typer.Option("--with", help="Ask this model, too; may be repeated.")] = None,
    judge: Annotated[str | None, typer.Option(help="The model that says which answer is best.")] = None,
    as_json: AsJson = False,
) -> int:
    """Ask one question; the answer comes with the passages it rests on."""
    structure = _schema_text(schema) if schema else ""
    if vote or best_of or also:
        if vote and not structure:
            raise typer.BadParameter("--vote needs --schema: only structured answers can be counted.")
        if project:
            raise typer.BadParameter("--project asks one model once: leave out --vote, --best-of and --with.")
        method: Method = "vote" if vote else "judge" if judge else "likeliest"
        with call_of(context).services() as services, stoppable() as cancel:
            return ensemble_commands.ask(
                services,
                question,
                [*([model] if model else []), *(also or [])],
                max(vote, best_of, 1),
                method,
                judge,
                cancel,
                collection=collection,
                use_library=not no_library,
                schema=structure,
                as_json=as_json,
            )
    places = (collection,) if collection is not None else ()
    if project:  # what it says lies with the chats, which another process may hold
        with call_of(context).services() as held, stoppable() as cancel:
            within = held.projects.find(project)
            asked = Search(places or within.collections, named(held.library, document or ()), everything)
            events = held.chat.answer(
                question,
                search=None if no_library else asked,
                model=model,
                send_anyway=send_anyway,
                schema=structure,
                adapters=adapter or (),
                project=within.id,
                cancel=cancel,
            )
            return tell(events, structured=bool(structure), as_json=as_json)
    with call_of(context).reader() as services, stoppable() as cancel:
        events = services.chat.answer(
            question,
            search=None if no_library else Search(places, named(services.library, document or ()), everything),
            model=model,
            send_anyway=send_anyway,
            schema=structure,
            adapters=adapter or (),
            cancel=cancel,
        )
        return tell(events, structured=bool(structure), as_json=as_json)


@models.command("list")
def models_list(context: typer.Context, as_json: AsJson = False) -> None:
    """List the models that are here and those that can be fetched."""
    with call_of(context).reader() as services:
        model_commands.say_models(services.models, as_json=as_json)


@models.command("fit")
def models_fit(
    context: typer.Context, model_ids: Annotated[list[str] | None, typer.Argument()] = None, as_json: AsJson = False
) -> None:
    """Say which models fit into this machine's memory, and what would make the others fit."""
    with call_of(context).services() as services:
        model_commands.fit(services, model_ids or [], as_json=as_json)


@models.command("get")
def models_get(context: typer.Context, model_ids: list[str], as_json: AsJson = False) -> None:
    """Fetch models; one that is here already is left as it is."""
    with call_of(context).services() as services, stoppable() as cancel:
        model_commands.get(services, model_ids, cancel, as_json=as_json)


@models.command("import")
def models_import(
    context: typer.Context,
    path: Path,
    trust: Annotated[str, typer.Option(help="The public key whose bundle is accepted, this once.")] = "",
    as_json: AsJson = False,
) -> None:
    """Take a GGUF file, or a bundle of models, into Donjon's folder."""
    with call_of(context).services() as services, stoppable() as cancel:
        if path.is_dir():
            model_commands.take_bundle(services, path, trust, cancel, as_json=as_json)
        else:
            model_commands.take(services, path, as_json=as_json)


@models.command("remove")
def models_remove(context: typer.Context, model_id: str, as_json: AsJson = False) -> None:
    """Delete a model's files from Donjon's folder."""
    with call_of(context).services() as services:
        model_commands.remove(services, model_id, as_json=as_json)


@models.command("bundle")
def models_bundle(
    context: typer.Context,
    model_ids: list[str],
    out: Annotated[Path, typer.Argument(help="A new folder.")],
    key: Annotated[Path | None, typer.Option(help="Sign with this Ed25519 key (PEM), not with the home's own.")] = None,
    as_json: AsJson = False,
) -> None:
    """Write models into one signed folder, for machines without a network."""
    with call_of(context).services() as services, stoppable() as cancel:
        model_commands.bundle(services, model_ids, out, key, cancel, as_json=as_json)


@models.command("inspect")
def models_inspect(context: typer.Context, path: Path, as_json: AsJson = False) -> None:
    """Say what a GGUF file says of itself, without loading it."""
    with call_of(context).services() as services:
        model_commands.inspect(services, path, as_json=as_json)


@gateway.command("status")
def gateway_status(context: typer.Context, as_json: AsJson = False) -> None:
    """Say how the gateway is set up; nothing is sent."""
    with call_of(context).services() as services:
        gateway_commands.say_status(services, as_json=as_json)


@gateway.command("set-key")
def gateway_set_key(
    context: typer.Context,
    vault: Annotated[
        bool, typer.Option("--vault", help="Into a file that a passphrase opens, where there is no keyring.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Keep the gateway's key in the system's keyring; asked for, or read from standard input. Empty forgets it."""
    with call_of(context).services() as services:
        gateway_commands.set_key(services, vault=vault, as_json=as_json)


@gateway.command("test")
def gateway_test(context: typer.Context, as_json: AsJson = False) -> None:
    """Ask each of the gateway's models for one word."""
    with call_of(context).services() as services, stoppable() as cancel:
        gateway_commands.test(services, cancel, as_json=as_json)


@ledger.command("verify")
def ledger_verify(context: typer.Context, as_json: AsJson = False) -> int:
    """Find any entry that was edited, removed, reordered or cut off."""
    with call_of(context).services() as services:
        found = services.audit.verify()
    if as_json:
        say_json(asdict(found))
    elif found.intact:
        say(f"{found.entries} entries, intact")
    else:
        say(f"The ledger does not hold: {found.reason}.")
    return 0 if found.intact else EXIT_CODES[Kind.REFUSED]


@ledger.command("export")
def ledger_export(context: typer.Context) -> None:
    """Print all entries as JSON, one a line."""
    with call_of(context).services() as services:
        for entry in services.audit.export():
            say_json(asdict(entry), indent=None)


@serve.callback(invoke_without_command=True)
def serve_start(
    context: typer.Context,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Listen here; 0 for any free port.")] = None,
    as_json: AsJson = False,
) -> None:
    """Let other programs on this machine use Donjon as they would use OpenAI's API."""
    if context.invoked_subcommand is None:
        call = call_of(context)
        serve_commands.serve(call.doors, call.home, port, as_json=as_json)


@tokens.command("create")
def token_create(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The app's name; it stands in the ledger.")],
    scope: Annotated[list[Scope] | None, typer.Option(help="What it opens; repeat for more.")] = None,
    as_json: AsJson = False,
) -> None:
    """Make a token for an app; it is shown once."""
    serve_commands.create_token(_access(context), name, scope, as_json=as_json)


@tokens.command("list")
def token_list(context: typer.Context, as_json: AsJson = False) -> None:
    """List the tokens."""
    serve_commands.say_tokens(_access(context), as_json=as_json)


@tokens.command("revoke")
def token_revoke(context: typer.Context, name: str, as_json: AsJson = False) -> None:
    """Take a token back, at once."""
    serve_commands.revoke_token(_access(context), name, as_json=as_json)


@program.command()
def copilot(
    context: typer.Context,
    shown: Annotated[Path, typer.Argument(metavar="[FILE|-]", help="What to look at; - is standard input.")] = Path(
        "-"
    ),
    step: Annotated[int | None, typer.Option("--do", min=1, max=3, help="Carry this step out, and print it.")] = None,
    patterns: Annotated[bool, typer.Option("--patterns", help="Ask no model what it is.")] = False,
    as_json: AsJson = False,
) -> None:
    """Say what a text looks like, and offer at most three next steps; nothing runs unless --do names it."""
    with call_of(context).services() as services, stoppable() as cancel:
        copilot_commands.look(services, shown, step, cancel, patterns=patterns, as_json=as_json)


@program.command("self-test")
def self_test_command(context: typer.Context, as_json: AsJson = False) -> int:
    """Use every part once and say which ones work."""
    call = call_of(context)
    return self_test(call.doors, call.home, as_json=as_json)


@program.command()
def appeals(
    context: typer.Context,
    forget: Annotated[int | None, typer.Option(help="Forget the objection with this number first.")] = None,
    as_json: AsJson = False,
) -> None:
    """List what was said against verdicts of the rails; it stays on this device."""
    with call_of(context).services() as services:
        appeal_commands.say_appeals(services, forget, as_json=as_json)


@program.command()
def diagnostics(context: typer.Context, as_json: AsJson = False) -> None:
    """Print what helps whoever helps you: versions, this machine, what is set; no content, no secret, no name."""
    diagnostics_commands.tell(call_of(context), as_json=as_json)


@program.command()
def demo(context: typer.Context) -> int:
    """Index the handbook of a small fictional company and ask it three questions."""
    call = call_of(context)
    with call.services() as services:
        return demonstrate(services, call.doors.resources / "sample_documents")


def _schema_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise AppError(ErrorCode.FILE_NOT_FOUND, path=str(path)) from error
    except UnicodeDecodeError as error:
        raise AppError(ErrorCode.SCHEMA_UNSUPPORTED, pointer="#", reason="it is not text in UTF-8") from error


def _access(context: typer.Context) -> Access:
    call = call_of(context)
    return call.doors.open_access(call.home)
