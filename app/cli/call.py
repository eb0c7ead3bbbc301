"""One call of the program, and the options that several commands share."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from app.cli.doors import Doors, Reader, Services

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
Collection = Annotated[str | None, typer.Option(help="Look only into this collection.")]
ModelId = Annotated[str | None, typer.Option("--model", help="The model that answers; see `donjon models list`.")]
ProjectName = Annotated[
    str, typer.Option("--project", help="Ask in this project, as in its chats; needs the window to be closed.")
]


@dataclass(slots=True)
class Call:
    """One call of the program: what it was given, and its home."""

    doors: Doors
    home: Path

    def reader(self) -> AbstractContextManager[Reader]:
        """The services of the home as far as they only ask and read; another process may hold it."""
        return self.doors.open_reader(self.home, "command line")

    def services(self) -> AbstractContextManager[Services]:
        """The services of the home."""
        return self.doors.open_services(self.home, "command line")


def call_of(context: typer.Context) -> Call:
    call = context.obj
    assert isinstance(call, Call)
    return call
