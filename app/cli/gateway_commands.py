"""`donjon gateway …`: status, set-key, test."""

import getpass
import sys

from app.cli import shapes
from app.cli.doors import Services
from app.cli.terminal import clean, say, say_json
from app.domain.cancel import Cancel


def say_status(services: Services, *, as_json: bool) -> None:
    """Say how the gateway is set up."""
    status = services.gateway.status()
    if as_json:
        say_json(shapes.gateway(status))
        return
    if not status.url:
        say("No gateway is set up: everything stays on this device.")
        return
    say(f"{status.url}  {', '.join(status.models) or 'no models named (gateway.models)'}")
    say("a key is stored" if status.has_key else "no key is stored; `donjon gateway set-key` stores one")
    if status.bounds.local_only:
        say("nothing is sent there: gateway.local_only is set")
    else:
        say(f"{status.bounds.ceiling} data or lower may be sent there")


def set_key(services: Services, *, as_json: bool) -> None:
    """Keep a key; it is never an argument, where other programs of this machine could read it."""
    key = getpass.getpass("Key: ") if sys.stdin.isatty() else sys.stdin.readline()
    services.gateway.set_key(key.strip())
    if as_json:
        say_json({"stored": bool(key.strip())})
    else:
        say("The key is in the system's keyring." if key.strip() else "The key is forgotten.")


def test(services: Services, cancel: Cancel, *, as_json: bool) -> None:
    """Ask each model for one word."""
    results = []
    for result in services.gateway.test(cancel):
        results.append({"model": result.model, "answer": result.answer, "seconds": round(result.seconds, 3)})
        if not as_json:
            say(f"{result.model}: “{clean(result.answer.strip())}” in {result.seconds:.1f} s")
    if as_json:
        say_json({"models": results})
