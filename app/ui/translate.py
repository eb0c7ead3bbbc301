"""The one place where the window's texts are translated."""

from PySide6.QtCore import QCoreApplication


def tr(text: str, /, **facts: object) -> str:
    """`text` in the person's language, with `facts` put in its braces."""
    translated = QCoreApplication.translate("Donjon", text)
    return translated.format(**facts) if facts else translated
