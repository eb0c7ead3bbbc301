"""`donjon appeals`: what was said against verdicts of rails."""

from dataclasses import asdict

from app.cli.doors import Services
from app.cli.terminal import say, say_json


def say_appeals(services: Services, forget: int | None, *, as_json: bool) -> None:
    """List objections, oldest first, after one was forgotten."""
    if forget is not None:
        services.appeals.forget(forget)
    found = services.appeals.all()
    if as_json:
        say_json({"appeals": [asdict(appeal) for appeal in found]})
    elif not found:
        say("Nobody has objected to a verdict.")
    else:
        for one in found:
            say(f"{one.id:>4}  {one.at[:16]}  {one.rail} in the {one.where}: {', '.join(one.kinds) or '-'}")
            say(f"      {one.text or 'no reason given'}")
