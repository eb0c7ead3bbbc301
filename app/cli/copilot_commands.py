"""`donjon copilot [FILE|-]`."""

import sys
from pathlib import Path

from app.cli.doors import Services
from app.cli.terminal import note, say, say_json
from app.domain.cancel import Cancel
from app.domain.errors import AppError, ErrorCode
from app.domain.events import Token
from app.domain.kind_texts import LOOKS_LIKE, UNKNOWN
from app.domain.next_steps import NextStep
from app.services.copilot import Suggestion, Written
from app.services.showing import LARGEST, Shown


def look(services: Services, path: Path, number: int | None, cancel: Cancel, *, patterns: bool, as_json: bool) -> None:
    """Say what it is and the steps; carry one out if it is named."""
    shown = _shown(services, path, cancel)
    seen = services.copilot.see(shown) if patterns else services.copilot.think(shown, cancel)
    step = seen.steps[number - 1] if number is not None and number <= len(seen.steps) else None
    written = _do(services, step, shown, cancel, stream=not as_json) if step is not None else None
    if as_json:
        say_json(_shape(shown, seen, step, written))
    elif step is None:
        _say(shown, seen)


def _shown(services: Services, path: Path, cancel: Cancel) -> Shown:
    if str(path) != "-":
        return services.showing.open_file(path, cancel)
    shown = Shown("standard input", sys.stdin.read(LARGEST))
    if not shown.text.strip():
        raise AppError(ErrorCode.EMPTY_QUESTION)
    return shown


def _say(shown: Shown, seen: Suggestion) -> None:
    say(f"You showed me {shown.source} · {shown.lines} lines")
    why = f" ({seen.because})" if seen.because else ""
    say(f"{LOOKS_LIKE[seen.kind]}{why}" if seen.kind else UNKNOWN)
    if seen.secrets:
        say(f"It holds {', '.join(seen.secrets)}: nothing of it leaves this device.")
    for number, step in enumerate(seen.steps, 1):
        say(f"  {number}  {step.title}: {step.detail}")


def _do(services: Services, step: NextStep, shown: Shown, cancel: Cancel, *, stream: bool) -> str:
    """Carry a step out, printing what comes of it; a playbook and a chat are for the person to begin."""
    if step.act == "redact":
        text = services.copilot.without_secrets(shown)
        if stream:
            say(text)
        return text
    if step.act != "write":
        command = f"donjon playbook run {step.playbook}" if step.act == "playbook" else "donjon chat"
        if stream:
            say(command)
        return command
    text = ""
    for event in services.copilot.write(step.instruction, shown, cancel):
        if isinstance(event, Token) and stream:
            say(event.text, end="")
        if isinstance(event, Written):
            text = event.text
            _note(event)
    if stream:
        say()
    return text


def _note(written: Written) -> None:
    note(f"AI ({written.model}), on this device: check it before you use it.")
    if written.read < 1:
        note(f"It was too long to be read whole: the first {written.read:.0%} was.")


def _shape(shown: Shown, seen: Suggestion, step: NextStep | None, written: str | None) -> dict[str, object]:
    return {
        "source": shown.source,
        "lines": shown.lines,
        "kind": seen.kind,
        "because": seen.because,
        "by": seen.by,
        "confidence": round(seen.confidence, 3),
        "secrets": list(seen.secrets),
        "steps": [{"id": one.id, "title": one.title, "detail": one.detail, "act": one.act} for one in seen.steps],
        "did": step.id if step is not None else None,
        "result": written,
    }
