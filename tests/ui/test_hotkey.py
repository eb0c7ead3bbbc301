"""Keys from any program, on a real X server without a screen; where there is none, there is nothing to test."""

import ctypes
import ctypes.util
import os
import shutil
import subprocess
from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.ui.copilot.hotkey import X11Hotkey

LIBRARIES = ctypes.util.find_library("X11"), ctypes.util.find_library("Xtst")
needs_x = pytest.mark.skipif(
    shutil.which("Xvfb") is None or None in LIBRARIES, reason="needs Xvfb, libX11 and libXtst to press keys with"
)


@pytest.fixture
def display(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An X server of its own, on a number that it picks itself."""
    read, write = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", "320x240x24"],
        pass_fds=(write,),
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    with os.fdopen(read) as pipe:
        name = f":{pipe.readline().strip()}"
    monkeypatch.setenv("DISPLAY", name)
    yield name
    server.terminate()
    server.wait(10)


def press(display: str, *keys: bytes) -> None:
    """Press keys as a person would, from another program's connection."""
    x, test = (ctypes.CDLL(name) for name in LIBRARIES)
    x.XOpenDisplay.restype, x.XOpenDisplay.argtypes = ctypes.c_void_p, [ctypes.c_char_p]
    x.XStringToKeysym.restype = ctypes.c_ulong
    server = ctypes.c_void_p(x.XOpenDisplay(display.encode()))
    codes = [x.XKeysymToKeycode(server, ctypes.c_ulong(x.XStringToKeysym(key))) for key in keys]
    for down, order in ((1, codes), (0, codes[::-1])):
        for code in order:
            test.XTestFakeKeyEvent(server, code, down, 0)
    x.XCloseDisplay(server)


@needs_x
def test_keys_are_heard_are_ours_alone_and_are_given_back(qtbot: QtBot, qapp: QApplication, display: str) -> None:
    heard: list[str] = []
    first = X11Hotkey(["ctrl", "alt"], "space", lambda: heard.append("first"), qapp)
    assert first.works
    second = X11Hotkey(["ctrl", "alt"], "space", lambda: heard.append("second"), qapp)
    assert "another program" in second.why
    second.close()
    press(display, b"Control_L", b"Alt_L", b"space")
    qtbot.waitUntil(lambda: heard == ["first"])
    first.close()
    again = X11Hotkey(["ctrl", "alt"], "space", lambda: heard.append("again"), qapp)
    assert again.works
    press(display, b"Control_L", b"Alt_L", b"space")
    qtbot.waitUntil(lambda: heard == ["first", "again"])
    again.close()


@needs_x
def test_a_key_that_does_not_exist_is_named(qapp: QApplication, display: str) -> None:
    wrong = X11Hotkey(["ctrl"], "nosuchkey", lambda: None, qapp)
    assert "no key of that name" in wrong.why
    wrong.close()


def test_without_an_x_server_it_says_so(qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", ":65535")
    alone = X11Hotkey(["ctrl"], "space", lambda: None, qapp)
    assert not alone.works
    alone.close()
