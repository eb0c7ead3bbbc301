"""`donjon gateway …`: status, set-key, test."""

import getpass
import sys

from app.cli import shapes
from app.cli.doors import Services
from app.cli.terminal import clean, say, say_json
from app.domain.cancel import Cancel
from app.domain.errors import AppError, ErrorCode


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


def set_key(services: Services, *, vault: bool, as_json: bool) -> None:
    """Keep a key; it is never an argument, where other programs of this machine could read it.

    For the vault, its passphrase is asked for after it.
    """
    key = _secret("Key: ")
    passphrase = _passphrase() if vault and key else ""
    services.gateway.set_key(key, passphrase)
    if as_json:
        say_json({"stored": bool(key)})
    elif passphrase:
        say("The key is in the vault. Donjon opens it with the passphrase in DONJON_VAULT_PASSPHRASE.")
    else:
        say("The key is in the system's keyring." if key else "The key is forgotten.")


def _secret(prompt: str) -> str:
    return (getpass.getpass(prompt) if sys.stdin.isatty() else sys.stdin.readline()).strip()


def _passphrase() -> str:
    """Asked for twice where a person types it. Raises AppError VAULT_PASSPHRASE_UNFIT."""
    passphrase = _secret("Passphrase: ")
    if not passphrase:
        raise AppError(ErrorCode.VAULT_PASSPHRASE_UNFIT, reason="it is empty")
    if sys.stdin.isatty() and _secret("Once more: ") != passphrase:
        raise AppError(ErrorCode.VAULT_PASSPHRASE_UNFIT, reason="it was typed in two ways")
    return passphrase


def test(services: Services, cancel: Cancel, *, as_json: bool) -> None:
    """Ask each model for one word."""
    results = []
    for result in services.gateway.test(cancel):
        results.append({"model": result.model, "answer": result.answer, "seconds": round(result.seconds, 3)})
        if not as_json:
            say(f"{result.model}: “{clean(result.answer.strip())}” in {result.seconds:.1f} s")
    if as_json:
        say_json({"models": results})
