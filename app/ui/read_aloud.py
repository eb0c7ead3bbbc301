"""Text read out by a voice of this computer, in a process of its own that stopping ends.

Linux: espeak-ng, or the desktop's own voice by way of spd-say. macOS: say. Windows: System.Speech by way of PowerShell.
The last two have never been run. The text goes through standard input: others can see a command line.
"""

import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QObject, QProcess, Signal

from app.ui.translate import tr

_WINDOWS: Final = (
    "[Console]::InputEncoding = [Text.Encoding]::UTF8; Add-Type -AssemblyName System.Speech; "
    "(New-Object System.Speech.Synthesis.SpeechSynthesizer).Speak([Console]::In.ReadToEnd())"
)


@dataclass(frozen=True, slots=True)
class Voice:
    """A program that speaks what it is given: its arguments, how it is told a language, and what else silences it."""

    program: str
    arguments: tuple[str, ...]
    language_option: str = ""
    silencer: tuple[str, ...] = ()  # arguments, where ending the process does not end the speech


VOICES: Final = {
    "linux": (
        Voice("espeak-ng", ("--stdin",), "-v"),
        Voice("spd-say", ("--wait", "--pipe-mode"), "-l", ("--cancel",)),
    ),
    "darwin": (Voice("say", ("-f", "-")),),
    "win32": (Voice("powershell", ("-NoProfile", "-NonInteractive", "-Command", _WINDOWS)),),
}


def find_voice() -> Voice | None:
    """The first of this system's voices that is here."""
    return next((voice for voice in VOICES.get(sys.platform, ()) if shutil.which(voice.program)), None)


class ReadAloud(QObject):
    """Reads one text at a time."""

    failed = Signal(str)  # why nothing is heard

    def __init__(self, parent: QObject | None = None, voice: Callable[[], Voice | None] = find_voice) -> None:
        super().__init__(parent)
        self._find_voice = voice
        self._silencer: tuple[str, ...] = ()
        self.is_reading = False
        self._process = QProcess(self)
        self._process.finished.connect(self._end)
        self._process.errorOccurred.connect(self._fail)

    def read(self, text: str, language: str) -> None:
        """Read a text out, `language` as ISO 639-1, "" for whatever the voice speaks; what it read before ends."""
        self.stop()
        voice = self._find_voice()
        if voice is None:
            self.failed.emit(tr("This computer has no voice that Donjon knows. On Linux, espeak-ng is one to install."))
            return
        option = [voice.language_option, language] if voice.language_option and language else []
        self.is_reading, self._silencer = True, voice.silencer
        self._process.start(voice.program, [*voice.arguments, *option])
        self._process.write(text.encode())
        self._process.closeWriteChannel()

    def stop(self) -> None:
        """Read no further."""
        if not self.is_reading:
            return
        self.is_reading = False
        self._process.kill()
        self._process.waitForFinished(1000)
        if self._silencer:
            QProcess.startDetached(self._process.program(), list(self._silencer))

    def _fail(self) -> None:
        self._end(1)

    def _end(self, code: int) -> None:
        """It has read all of it, or cannot."""
        if not self.is_reading:
            return
        self.is_reading = False
        if code:
            said = bytes(self._process.readAllStandardError().data()).decode(errors="replace").strip().splitlines()
            reason = said[-1] if said else self._process.errorString()
            self.failed.emit(tr("It could not be read aloud: {reason}.", reason=reason.rstrip(".")))
