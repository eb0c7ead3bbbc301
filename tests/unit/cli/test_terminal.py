"""What reaches a terminal, and Ctrl-C."""

import json
import os
import signal
import time

import pytest

from app.cli.terminal import clean, report, say_json, stoppable
from app.domain.errors import AppError, ErrorCode


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain\n\ttext, 日本語 é 👩‍💻", "plain\n\ttext, 日本語 é 👩‍💻"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b[2J\x1b[Hgone", "gone"),
        ("\x1b]52;c;cm0gLXJm\x07copied", "copied"),
        ("\x1b]8;;http://evil\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x9b31mred", "red"),
        ("\x90payload\x9cafter", "after"),
        ("safe\rEVIL", "safeEVIL"),
        ("a\x08b\x00c\x7f", "abc"),
        ("user\u202etxt.exe", "usertxt.exe"),
        ("unfinished \x1b", "unfinished "),
    ],
)
def test_text_cannot_steer_the_terminal(text: str, shown: str) -> None:
    assert clean(text) == shown


@pytest.mark.parametrize(
    ("code", "exit_code"),
    [
        (ErrorCode.INTERNAL, 1),
        (ErrorCode.EMPTY_QUESTION, 2),
        (ErrorCode.LEDGER_UNWRITABLE, 3),
        (ErrorCode.MODEL_NOT_INSTALLED, 4),
    ],
)
def test_an_error_says_what_and_what_to_do(code: ErrorCode, exit_code: int, capsys: pytest.CaptureFixture[str]) -> None:
    error = AppError(code, model="m\x1b[31m", error="e", reason="r", path="p")
    assert report(error, as_json=False) == exit_code
    out, err = capsys.readouterr()
    assert out == ""
    assert "\x1b" not in err
    assert len(err.splitlines()) == 2
    assert report(error, as_json=True) == exit_code
    body = json.loads(capsys.readouterr().err)["error"]
    assert body["code"] == code.value
    assert body["what"]
    assert body["advice"]


@pytest.mark.skipif(os.name == "nt", reason="signals are sent otherwise there")
def test_the_first_interrupt_asks_to_stop_and_the_second_ends() -> None:
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt), stoppable() as cancel:
        os.kill(os.getpid(), signal.SIGINT)
        deadline = time.monotonic() + 5
        while not cancel.is_set() and time.monotonic() < deadline:
            time.sleep(0.001)
        assert cancel.is_set()
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(1)
    assert signal.getsignal(signal.SIGINT) is before


def test_json_carries_control_characters_only_as_escapes(capsys: pytest.CaptureFixture[str]) -> None:
    text = "\x1b[31m \x7f \x9b31m\nend"
    say_json({"text": text})
    out = capsys.readouterr().out
    assert not {"\x1b", "\x7f", "\x9b"} & set(out)
    assert json.loads(out) == {"text": text}
