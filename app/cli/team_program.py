"""`donjon team …`: the library that a team shares, for those who use it and those who look after it."""

import getpass
import sys
from dataclasses import asdict
from typing import Annotated

import typer

from app.cli import shapes
from app.cli.call import AsJson, call_of
from app.cli.terminal import say, say_json, stoppable
from app.domain.data_class import CLASSES, DataClass
from app.domain.errors import AppError, ErrorCode
from app.domain.team import TEAM_PREFIX, Grant, TeamCollection, TeamStatus

team = typer.Typer(help="The library that your team shares, on a server of your company.", no_args_is_help=True)

Administrator = Annotated[
    str, typer.Option("--as", help="Your role on the server; its password is asked for, or read from standard input.")
]
TeamName = Annotated[str, typer.Option("--team", help="The team whose collections these are.")]


@team.command("status")
def team_status(context: typer.Context, as_json: AsJson = False) -> None:
    """Say what you are admitted to."""
    with call_of(context).services() as services:
        status = services.team.status()
    if as_json:
        say_json(shapes.team(status))
    else:
        _say_status(status)


@team.command("sign-in")
def team_sign_in(context: typer.Context, as_json: AsJson = False) -> None:
    """Keep your password in the system's keyring; asked for, or read from standard input. Empty forgets it."""
    password = _password()
    with call_of(context).services() as services:
        services.team.sign_in(password)
    if as_json:
        say_json({"stored": bool(password)})
    else:
        say("The password is in the system's keyring." if password else "The password is forgotten.")


@team.command("init")
def team_init(
    context: typer.Context,
    administrator: Administrator = "",
    script: Annotated[
        bool, typer.Option("--print", help="Only print the SQL, to read it and run it with psql.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make the library in the database of team.url, for this device's embedder, or bring it up to date."""
    with call_of(context).services() as services, stoppable() as cancel:
        if script:
            print(services.team.script(cancel))
            return
        version = services.team.set_up(*_sign_in(administrator), cancel)
    if as_json:
        say_json({"version_before": version})
    else:
        say("The library is up to date." if version else "The library is made. Next: `donjon team collection`.")


@team.command("collection")
def team_collection(
    context: typer.Context,
    name: str,
    team_name: TeamName,
    data_class: Annotated[str, typer.Option("--class", help=", ".join(CLASSES))],
    administrator: Administrator,
    as_json: AsJson = False,
) -> None:
    """Make a collection, or change whose it is and how far its documents may travel."""
    collection = TeamCollection(name.removeprefix(TEAM_PREFIX), team_name, _data_class(data_class))
    with call_of(context).services() as services:
        services.team.put_collection(*_sign_in(administrator), collection)
    if as_json:
        say_json({"collection": asdict(collection)})
    else:
        say(f"Who may add does so with: donjon library add PATH --collection '{TEAM_PREFIX}{collection.name}'")


@team.command("grant")
def team_grant(
    context: typer.Context,
    person: str,
    team_name: TeamName,
    clearance: Annotated[str, typer.Option(help=f"The highest class they may read: {', '.join(CLASSES)}")],
    administrator: Administrator,
    may_add: Annotated[bool, typer.Option("--may-add", help="They may add, replace and remove documents.")] = False,
    as_json: AsJson = False,
) -> None:
    """Admit a person to a team, or change what they may. A new person's password is shown once."""
    grant = Grant(person, team_name, _data_class(clearance), may_add)
    with call_of(context).services() as services:
        password = services.team.grant(*_sign_in(administrator), grant)
    if as_json:
        say_json({"granted": asdict(grant), "password": password or None})
        return
    say(f"{person} reads what is {grant.clearance} or lower of {team_name}{' and may add' if may_add else ''}.")
    if password:
        say(f"Their password, shown this once: {password}")


@team.command("revoke")
def team_revoke(context: typer.Context, person: str, administrator: Administrator, as_json: AsJson = False) -> None:
    """Show a person nothing any more, from now on."""
    with call_of(context).services() as services:
        gone = services.team.revoke(*_sign_in(administrator), person)
    if as_json:
        say_json({"revoked": gone})
    else:
        say(f"{person} sees nothing any more." if gone else f"{person} was not admitted.")


@team.command("people")
def team_people(context: typer.Context, administrator: Administrator, as_json: AsJson = False) -> None:
    """List who is admitted, and to what."""
    with call_of(context).services() as services:
        people = services.team.people(*_sign_in(administrator))
    if as_json:
        say_json({"people": [asdict(grant) for grant in people]})
        return
    for grant in people:
        say(f"{grant.person:<20} {grant.team:<20} {grant.clearance:<14}{'may add' if grant.may_add else ''}")
    if not people:
        say("Nobody is admitted yet.")


def _say_status(status: TeamStatus) -> None:
    if status.clearance is None:
        say(f"{status.person} is not admitted to the library at {status.host}.")
        return
    say(f"{status.person} at {status.host}: {', '.join(status.teams)}; {status.clearance} or lower")
    for collection in status.collections:
        say(f"{collection.data_class:<14} {TEAM_PREFIX}{collection.name}  ({collection.team})")
    say(f"{status.documents} documents; embedder {status.embedder}; version {status.version}")


def _sign_in(administrator: str) -> tuple[str, str]:
    """The administrator's name and password; this is never an argument, where other programs could read it."""
    if not administrator:
        raise typer.BadParameter("--as names the administrator, unless --print is given")
    return administrator, _password()


def _password() -> str:
    typed = getpass.getpass("Password: ") if sys.stdin.isatty() else sys.stdin.readline()
    return typed.rstrip("\r\n")


def _data_class(name: str) -> DataClass:
    known = next((one for one in CLASSES if one == name), None)
    if known is None:
        raise AppError(ErrorCode.UNKNOWN_DATA_CLASS, data_class=name, known=", ".join(CLASSES))
    return known
