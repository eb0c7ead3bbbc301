"""The one place where the window's texts are translated."""

import tomllib
from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QObject, QTranslator

from app.domain.texts import Text
from app.ui.resources import resource

CONTEXT: Final = "Donjon"
GERMAN: Final = "de"
PSEUDO: Final = "pseudo"  # English made longer: what it clips, another language would clip
_LANGUAGES: Final = {"english": "en", "deutsch": GERMAN}  # as the settings name them
_ACCENTED: Final = str.maketrans("aeiouAEIOU", "áéíóúÁÉÍÓÚ")


def tr(text: str, /, **facts: object) -> str:
    """`text` in the person's language, with `facts` put in its braces."""
    if isinstance(text, Text):
        facts = {name: tr(fact) if isinstance(fact, Text) else fact for name, fact in text.facts.items()}
        return Text(QCoreApplication.translate(CONTEXT, text.template), **facts)
    translated = QCoreApplication.translate(CONTEXT, text)
    return translated.format(**facts) if facts else translated


class Translation(QTranslator):
    """Says the window's texts in another way; what it has no words for stays English."""

    def __init__(self, say: Callable[[str], str | None], parent: QObject) -> None:
        super().__init__(parent)
        self._say = say

    def translate(self, context: str, text: str, _disambiguation: str | None = None, _n: int = -1) -> str | None:
        """See Qt; None leaves a text as it is."""
        return self._say(text) if context == CONTEXT else None

    def isEmpty(self) -> bool:
        """Qt asks nothing of one that knows nothing."""
        return False


def stretched(text: str) -> str:
    """A text with accents and a third longer; what stands in braces is left as it is."""
    parts = []
    for number, part in enumerate(text.replace("}", "{").split("{")):
        parts.append(f"{{{part}}}" if number % 2 else part.translate(_ACCENTED))
    return f"[{''.join(parts)}{'~' * (len(text) // 3)}]"


def system_language() -> str:
    """The language of this machine's user, as two letters."""
    return QLocale.system().name()[:2]


def speak(app: QCoreApplication, language: str) -> None:
    """Have an application speak a language from now on: "english", "deutsch", "pseudo", or as the "system" does."""
    language = _LANGUAGES.get(language, language)
    if language == "system":
        language = system_language()
    if language == PSEUDO:
        app.installTranslator(Translation(stretched, app))
    elif language == GERMAN:
        QLocale.setDefault(QLocale(language))
        app.installTranslator(Translation(read_translation(language).get, app))
        of_qt = QTranslator(app)  # what Qt says itself: the buttons of its dialogs
        if of_qt.load(f"qtbase_{language}", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)):
            app.installTranslator(of_qt)


def read_translation(language: str) -> dict[str, str]:
    """The shipped texts of a language, by their English."""
    with resource("translations", f"{language}.toml").open("rb") as file:
        return {row["en"]: row["text"] for row in tomllib.load(file)["texts"]}
