"""`donjon serve …`: the local API and its tokens."""

import os
import signal
import threading
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import Final

from app.cli.doors import Doors
from app.cli.terminal import note, say, say_json
from app.domain.access import Scope
from app.services.access import Access

USUAL_SCOPES: Final = (Scope.MODELS, Scope.CHAT, Scope.EMBEDDINGS)  # the person's documents are opened by name only


def serve(doors: Doors, home: Path, port: int | None, *, as_json: bool) -> None:
    """Serve until Ctrl-C or a request to end."""
    ended = threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        ended.set()

    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with doors.serve(home, port) as base_url:
            if as_json:
                say_json({"base_url": base_url, "pid": os.getpid()})
            else:
                say(f"The API is at {base_url}. Ctrl-C ends it.")
                if not doors.open_access(home).tokens():
                    note("No app has a token yet: make one with `donjon serve token create NAME`.")
            while not ended.wait(0.5):  # in slices: Windows hears of Ctrl-C only between them
                pass
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def create_token(access: Access, name: str, scopes: Sequence[Scope] | None, *, as_json: bool) -> None:
    """Make a token and show it, this once."""
    chosen = scopes or USUAL_SCOPES
    secret = access.create(name, chosen)
    if as_json:
        say_json({"name": name, "scopes": list(chosen), "token": secret})
        return
    say(secret)
    note(f"“{name}” may use: {', '.join(chosen)}. This is the only time that the token is shown.")


def say_tokens(access: Access, *, as_json: bool) -> None:
    """List the tokens, never their secrets."""
    tokens = access.tokens()
    if as_json:
        listed = [{"name": t.name, "scopes": list(t.scopes), "created_at": t.created_at} for t in tokens]
        say_json({"tokens": listed})
        return
    for token in tokens:
        say(f"{token.name:<24} {token.created_at[:10]}  {', '.join(token.scopes)}")


def revoke_token(access: Access, name: str, *, as_json: bool) -> None:
    """Take a token back."""
    access.revoke(name)
    if as_json:
        say_json({"revoked": name})
    else:
        say(f"“{name}” no longer opens anything.")
