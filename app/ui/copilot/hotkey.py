"""Keys that open the quick panel from any program.

X11: XGrabKey on a connection of our own, whose events wake the window's loop. Windows: RegisterHotKey (never run: this
was written without such a machine). macOS would need the Carbon event loop, Wayland a portal that asks the person; both
are left out, and `Hotkey.why` says so.
"""

import ctypes
import ctypes.util
import itertools
import sys
from collections.abc import Callable
from typing import Any, Final

from PySide6.QtCore import QAbstractNativeEventFilter, QByteArray, QCoreApplication, QObject, QSocketNotifier
from PySide6.QtGui import QGuiApplication

from app.ui.translate import tr

_X11_MODIFIERS: Final = {"ctrl": 4, "shift": 1, "alt": 8, "meta": 64}
_LOCKS: Final = (2, 16)  # Caps Lock and Num Lock: the keys count whether they are on or not
_KEY_PRESS: Final = 2
_WINDOWS_MODIFIERS: Final = {"alt": 1, "ctrl": 2, "shift": 4, "meta": 8}
_WM_HOTKEY: Final = 0x0312
_HOTKEY_ID: Final = 0x444A  # any number that is ours


class Hotkey(QObject):
    """Keys that are listened to; `works` says whether they could be had, `why` why not."""

    def __init__(self, why: str = "", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.why = why

    @property
    def works(self) -> bool:
        """Whether a press of the keys is heard."""
        return not self.why

    def close(self) -> None:
        """Listen no more."""


def open_hotkey(keys: str, pressed: Callable[[], None], parent: QObject) -> Hotkey:
    """Listen for keys such as Ctrl+Alt+Space."""
    *modifiers, key = keys.lower().replace(" ", "").split("+")
    if not key or not modifiers or not set(modifiers) <= set(_X11_MODIFIERS):
        return Hotkey(tr("keys are written as Ctrl+Alt+Space, with at least one of Ctrl, Alt, Shift and Meta"), parent)
    platform = QGuiApplication.platformName()
    if sys.platform == "win32":
        return WindowsHotkey(modifiers, key, pressed, parent)
    if platform == "xcb":
        return X11Hotkey(modifiers, key, pressed, parent)
    if platform == "wayland":
        return Hotkey(tr("Wayland gives no program keys of its own; use the tray's icon"), parent)
    return Hotkey(tr("it is not built for this system; use the tray's icon"), parent)


class X11Hotkey(Hotkey):
    """Keys that the X server gives to us alone."""

    def __init__(self, modifiers: list[str], key: str, pressed: Callable[[], None], parent: QObject) -> None:
        super().__init__(parent=parent)
        self._pressed = pressed
        self._mask = sum(_X11_MODIFIERS[one] for one in modifiers)
        self._display: int | None = None
        name = ctypes.util.find_library("X11")
        if name is None:
            self.why = tr("libX11 is missing")
            return
        self._x = _xlib(name)
        self._display = self._x.XOpenDisplay(None)
        if not self._display:
            self.why = tr("the X server cannot be reached")
            return
        self._root = self._x.XDefaultRootWindow(self._display)
        symbol = self._x.XStringToKeysym(key.encode()) or self._x.XStringToKeysym(key.capitalize().encode())
        self._code = self._x.XKeysymToKeycode(self._display, symbol) if symbol else 0
        if not self._code:
            self.why = tr("there is no key of that name")
        elif not self._grab():
            self.why = tr("another program has taken them")
        self._notifier = QSocketNotifier(self._x.XConnectionNumber(self._display), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._read)

    def close(self) -> None:
        """Give the keys back."""
        if self._display:
            self._notifier.setEnabled(False)
            self._x.XCloseDisplay(self._display)  # the server lets go of what was grabbed
            self._display = None

    def _grab(self) -> bool:
        """Take the keys. Xlib ends the program at an error, unless somebody hears of it: so we do, meanwhile."""
        refused: list[int] = []

        def hear(_display: int, _event: int) -> int:
            refused.append(1)
            return 0

        handler = _ERROR_HANDLER(hear)
        before = self._x.XSetErrorHandler(handler)
        for locks in itertools.product(*((0, lock) for lock in _LOCKS)):
            self._x.XGrabKey(self._display, self._code, self._mask | sum(locks), self._root, False, 1, 1)
        self._x.XSync(self._display, False)
        self._x.XSetErrorHandler(before)
        return not refused

    def _read(self) -> None:
        event = (ctypes.c_long * 24)()  # as large as an XEvent
        while self._display and self._x.XPending(self._display):
            self._x.XNextEvent(self._display, ctypes.byref(event))
            if ctypes.cast(event, ctypes.POINTER(ctypes.c_int))[0] == _KEY_PRESS:
                self._pressed()


_ERROR_HANDLER: Final = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)


def _xlib(name: str) -> Any:
    x = ctypes.CDLL(name)
    display, number = ctypes.c_void_p, ctypes.c_int
    x.XOpenDisplay.restype, x.XOpenDisplay.argtypes = display, [ctypes.c_char_p]
    x.XDefaultRootWindow.restype, x.XDefaultRootWindow.argtypes = ctypes.c_ulong, [display]
    x.XStringToKeysym.restype, x.XStringToKeysym.argtypes = ctypes.c_ulong, [ctypes.c_char_p]
    x.XKeysymToKeycode.restype, x.XKeysymToKeycode.argtypes = ctypes.c_ubyte, [display, ctypes.c_ulong]
    x.XGrabKey.argtypes = [display, number, ctypes.c_uint, ctypes.c_ulong, number, number, number]
    x.XSetErrorHandler.restype, x.XSetErrorHandler.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
    x.XConnectionNumber.argtypes = [display]
    x.XPending.argtypes = [display]
    x.XNextEvent.argtypes = [display, ctypes.c_void_p]
    x.XSync.argtypes = [display, number]
    x.XCloseDisplay.argtypes = [display]
    return x


class WindowsHotkey(Hotkey):
    """Keys that Windows reports to our window's thread. Never run."""

    def __init__(self, modifiers: list[str], key: str, pressed: Callable[[], None], parent: QObject) -> None:
        super().__init__(parent=parent)
        self._user32: Any = getattr(ctypes, "windll").user32  # noqa: B009 - known on Windows alone
        self._filter = _HotkeyFilter(pressed)
        code = {"space": 0x20}.get(key) or (ord(key.upper()) if len(key) == 1 else 0)
        mask = sum(_WINDOWS_MODIFIERS[one] for one in modifiers)
        if not code:
            self.why = tr("there is no key of that name")
        elif not self._user32.RegisterHotKey(None, _HOTKEY_ID, mask, code):
            self.why = tr("another program has taken them")
        else:
            application = QCoreApplication.instance()
            assert application is not None
            application.installNativeEventFilter(self._filter)

    def close(self) -> None:
        """Give the keys back."""
        self._user32.UnregisterHotKey(None, _HOTKEY_ID)


class _HotkeyFilter(QAbstractNativeEventFilter):
    """Hears the one message that says the keys were pressed."""

    def __init__(self, pressed: Callable[[], None]) -> None:
        super().__init__()
        self._pressed = pressed

    def nativeEventFilter(self, kind: QByteArray | bytes | bytearray | memoryview, message: int) -> tuple[bool, int]:
        """See QAbstractNativeEventFilter; of a MSG only its number, the second field, is read."""
        if QByteArray(kind).startsWith(b"windows"):
            number = ctypes.c_uint.from_address(int(message) + ctypes.sizeof(ctypes.c_void_p)).value
            if number == _WM_HOTKEY:
                self._pressed()
                return True, 0
        return False, 0
