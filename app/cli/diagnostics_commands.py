"""`donjon diagnostics`: what may be told to somebody who helps."""

from app.cli.call import Call
from app.cli.terminal import say, say_json
from app.domain.diagnostics import as_text, diagnostics
from app.domain.errors import AppError
from app.services.diagnostics import essentials


def tell(call: Call, *, as_json: bool) -> None:
    """Say it; where the home cannot be opened, what can be told without it, and why not more."""
    try:
        with call.services() as services:
            told = services.diagnostics.tell()
    except AppError as error:
        told = diagnostics(essentials(broken={"home": error.code.value}))
    if as_json:
        say_json(told)
    else:
        say(as_text(told))
