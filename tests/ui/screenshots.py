"""Pictures of the window in its main states, light and dark: python -m tests.ui.screenshots [FOLDER [STATE…]]."""

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit, QPushButton, QTabWidget, QWidget

from app.domain.chat import Feedback
from app.domain.errors import AppError, ErrorCode
from app.domain.routing import Destination, Route
from app.settings.table import GATEWAY_URL, UI_SHORTCUTS
from app.ui.chat.conversations import ConversationList
from app.ui.chat.explanation import ExplanationDialog
from app.ui.chat.feedback import FeedbackPanel
from app.ui.chat.picker import Picker
from app.ui.chat.sources import SourceCard
from app.ui.frame import Frame
from app.ui.gallery import Gallery
from app.ui.palette import Palette
from app.ui.prompts.form import FillDialog
from app.ui.shortcut_sheet import ShortcutSheet
from app.ui.theme import Appearance
from app.ui.window import LAB, LIBRARY, MODELS, PROMPTS, SETTINGS, Window
from tests.fakes.services import CITATIONS, MODEL, PASSAGES, FakeServices, furnished

AT_GATEWAY = Route("gateway:large", "gateway", "the model on this device does not fit into its memory")
HELD = AppError(
    ErrorCode.GATEWAY_NOT_ALLOWED,
    because="it holds restricted data, and only internal data or lower may leave the device",
)


def settle(app: QApplication, seconds: float = 0.4) -> None:
    """Let the window work for a moment."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        app.processEvents()
        time.sleep(0.005)


def settle_until(done: Callable[[], bool]) -> None:
    """Let the window work until something is so."""
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    end = time.monotonic() + 5
    while not done() and time.monotonic() < end:
        settle(app, 0.05)


def empty(window: Window, services: FakeServices) -> None:
    """Nothing asked yet."""


def answered(window: Window, services: FakeServices) -> None:
    """An answer and its sources."""
    window.chat.open("t0")
    settle_until(lambda: bool(window.findChildren(SourceCard)))
    buttons = window.findChildren(SourceCard)[0].findChildren(QPushButton)
    next(button for button in buttons if button.text() == "Why this?").click()


def partial(window: Window, services: FakeServices) -> None:
    """A question about all of something, answered from the best passages alone."""
    kept = services.chat.kept["t0"]
    kept[-1] = replace(kept[-1], asks_for_all=True)
    window.chat.open("t0")


def reading(window: Window, services: FakeServices) -> None:
    """A second question, its passages being read."""
    services.chat.hold_at = "reading"
    window.chat.open("t0")
    window.chat.ask("And the hotel?")


def streaming(window: Window, services: FakeServices) -> None:
    """An answer being written, with a listing."""
    services.chat.hold_at = "writing"
    code = """```python
def nights(trip: Trip) -> int:
    # a hotel from six hours on
    return max(1, trip.days)
```
"""
    services.chat.pieces = [
        "Hotels are booked by the travel desk. This counts the nights:\n\n",
        code,
        "\nThe rate ",
    ]
    window.chat.open("t0")
    window.chat.ask("And the hotel? Show me how the nights are counted.")


def waiting(window: Window, services: FakeServices) -> None:
    """Questions that wait, a text that was pasted, a question that is being changed, a rating."""
    services.chat.hold_at = "writing"
    kept = services.chat.kept["t0"]
    kept[-1] = replace(kept[-1], feedback=Feedback(good=True))
    window.chat.open("t0")
    settle_until(lambda: bool(window.chat.turns))
    window.chat.ask("And the hotel?")
    window.chat.ask("Who books it, and how long before the trip does that have to be?")
    window.chat.ask("Thank you. Write me a mail to my line manager.")
    window.chat_page.composer.attach_text("Dear travel desk,\n" * 40)
    window.chat_page.composer.change("q1", "I have a nine-hour flight to Tokyo in November.")


def finding(window: Window, services: FakeServices) -> None:
    """Conversations by their titles, and messages by what was said."""
    window.chat.open("t0")
    window.findChildren(ConversationList)[0].findChildren(QLineEdit)[0].setText("flight")
    settle_until(lambda: bool(window.chat.listing.hits))


def explained(window: Window, services: FakeServices) -> QWidget:
    """How an answer came to be."""
    window.chat.open("t0")
    settle_until(lambda: bool(window.chat.turns))
    window.chat.explain(1)
    settle_until(lambda: bool(window.findChildren(ExplanationDialog)))
    return window.findChildren(ExplanationDialog)[0]


def unsure(window: Window, services: FakeServices) -> QWidget:
    """Where another word was as likely."""
    shown = explained(window, services)
    shown.findChildren(QTabWidget)[0].setCurrentIndex(2)
    return shown


def complained(window: Window, services: FakeServices) -> QWidget:
    """What is wrong with an answer."""
    panel = FeedbackPanel(window)
    panel.show()
    return panel


def picking(window: Window, services: FakeServices) -> QWidget:
    """What a question is asked of, chosen by typing."""
    window.chat.open("t0")
    settle_until(lambda: bool(window.library.documents))
    window.chat_page.composer.edit.triggered.emit("#")
    return window.findChildren(Picker)[0]


def checked(window: Window, services: FakeServices) -> QWidget:
    """What a look through the documents found."""
    window.show_page(LIBRARY)
    window.library_page.check_wanted.emit()
    settle_until(lambda: window.hygiene.report is not None and not window.hygiene.is_looking)
    return window.hygiene_dialog


def page_in_viewer(window: Window, services: FakeServices) -> QWidget:
    """A cited page."""
    window.viewer.open(CITATIONS[0], PASSAGES[0].text)
    return window.viewer_window


def text_in_viewer(window: Window, services: FakeServices) -> QWidget:
    """A cited passage of a document without pages."""
    window.viewer.open(CITATIONS[1], PASSAGES[1].text)
    return window.viewer_window


def interrupted(window: Window, services: FakeServices) -> None:
    """An answer of the gateway that broke off, and the question that follows would leave the device."""
    window.preferences.change(GATEWAY_URL, "https://llm.example/v1")
    services.chat.destination = Destination("internal", "confidential", AT_GATEWAY, "large", "llm.example", beyond=HELD)
    kept = services.chat.kept["t0"]
    kept[-1] = replace(kept[-1], status="failed", text=kept[-1].text[:150], model="large", ran="gateway")
    broke_off = AppError(ErrorCode.GATEWAY_BROKE_OFF, model="large", reason="the connection was closed")
    window.notices.show_error(broke_off)
    window.chat.open("t0")


def refused(window: Window, services: FakeServices) -> None:
    """A question that would not be sent, and why."""
    window.preferences.change(GATEWAY_URL, "https://llm.example/v1")
    services.chat.destination = Destination("restricted", "restricted", AT_GATEWAY, "large", "llm.example", HELD, HELD)
    window.chat.open("t0")
    window.chat_page.composer.edit.setPlainText("And what does the contract with the new carrier say?")


def graphics(window: Window, services: FakeServices) -> None:
    """A model of which a part is on a graphics card, in a small window."""
    services.models.layers = 28
    window.resize(960, 620)
    window.chat.open("t0")


def too_large(window: Window, services: FakeServices) -> None:
    """A model that does not fit, and the one change that helps."""
    services.models.here.append(replace(MODEL, id="smol", name="SmolLM2 135M", size=98_362_432))
    error = AppError(ErrorCode.MODEL_DOES_NOT_FIT, model=MODEL.name, needed="9.1 GB", free="5.2 GB")
    services.chat.fails = error
    services.chat.destination = Destination("internal", "internal", refused=error)
    window.models.refresh()
    window.chat.open("t0")
    settle_until(lambda: "smol" in window.models.verdicts)
    window.chat.ask("And the hotel?")


def components(window: Window, services: FakeServices) -> QWidget:
    """Every component in every state."""
    gallery = Gallery(window.appearance)
    gallery.resize(window.appearance.theme.px(1280), window.appearance.theme.px(1700))
    gallery.show()
    return gallery


def searched(window: Window, services: FakeServices) -> None:
    """The search for everything."""
    window.chat.open("t0")
    palette = window.findChildren(Palette)[0]
    palette.open()
    palette.edit.setText("tr")


def shortcuts(window: Window, services: FakeServices) -> QWidget:
    """The shortcuts, two of which share their keys."""
    window.preferences.change(UI_SHORTCUTS, "new_chat=Ctrl+O")
    sheet = window.findChildren(ShortcutSheet)[0]
    sheet.show()
    return sheet


def library(window: Window, services: FakeServices) -> None:
    """The documents and a problem."""
    window.show_page(LIBRARY)


def nothing_there(window: Window, services: FakeServices) -> None:
    """A library with no documents yet."""
    services.library.held.clear()
    window.library.refresh()
    window.show_page(LIBRARY)


def indexing(window: Window, services: FakeServices) -> None:
    """Files being added."""
    services.library.hold = True
    window.library.add([Path("/documents")])
    window.chat.open("t0")


def models(window: Window, services: FakeServices) -> None:
    """The models, one on its way."""
    services.models.hold = True
    window.show_page(MODELS)
    window.models.fetch("large")


def prompts(window: Window, services: FakeServices) -> None:
    """A prompt that is filled in."""
    window.show_page(PROMPTS)
    settle_until(lambda: window.prompts.version is not None)
    window.prompts.choose("reply")
    fields = window.prompts_page.findChildren(QPlainTextEdit, "long_value")
    fields[0].setPlainText("Hello,\ncan we have the {draft} offer by Friday, and does it hold for {{2027}}?")


def _change_prompt(window: Window) -> None:
    """Make a prompt of the person's own, in two versions."""
    window.show_page(PROMPTS)
    settle_until(lambda: window.prompts.version is not None)
    window.prompts.choose("plain-language")
    copy = window.prompts.version
    assert copy is not None
    window.prompts.save(copy)
    settle_until(lambda: window.prompts.chosen is not None and window.prompts.chosen.is_own)
    first = window.prompts.version
    assert first is not None
    text = first.text.replace("short sentences with one thought each", "at most twelve words in a sentence")
    window.prompts.save(replace(first, text=text, note="shorter sentences"))
    settle_until(lambda: window.prompts.version is not None and window.prompts.version.version == 2)


def changing_prompt(window: Window, services: FakeServices) -> None:
    """The words of a prompt, its gaps, its examples."""
    _change_prompt(window)
    window.prompts_page.findChildren(QTabWidget)[0].setCurrentIndex(2)


def prompt_versions(window: Window, services: FakeServices) -> None:
    """What a version changed."""
    _change_prompt(window)
    window.prompts_page.findChildren(QTabWidget)[0].setCurrentIndex(3)


def comparing_prompts(window: Window, services: FakeServices) -> None:
    """Two versions on the same input."""
    _change_prompt(window)
    services.chat.pieces = ["We pay your expenses back. ", "To get the money, hand in the receipts within 30 days."]
    window.prompts_page.findChildren(QPlainTextEdit, "long_value")[0].setPlainText("Reimbursement shall be effected.")
    window.prompts_page.findChildren(QTabWidget)[0].setCurrentIndex(1)
    next(b for b in window.prompts_page.findChildren(QPushButton) if b.text() == "Try both").click()
    settle_until(lambda: not window.prompts.is_busy)


def filling_in(window: Window, services: FakeServices) -> QWidget:
    """A prompt filled in on the way."""
    dialog = FillDialog(services.prompt_library.version("minutes"), ["Travel policy.pdf"], window)
    dialog.show()
    return dialog


def lab(window: Window, services: FakeServices) -> None:
    """An experiment and what came of it, in a window as wide as a laptop's screen."""
    window.show_page(LAB)


def experimenting(window: Window, services: FakeServices) -> None:
    """An experiment on its way."""
    services.experiments.hold = True
    window.show_page(LAB)
    settle_until(lambda: window.lab.bench.axes is not None)
    window.lab.start(services.experiments.axes())


def settings(window: Window, services: FakeServices) -> None:
    """The settings."""
    window.show_page(SETTINGS)


STATES: tuple[Callable[[Window, FakeServices], QWidget | None], ...] = (
    partial,
    checked,
    page_in_viewer,
    text_in_viewer,
    empty,
    answered,
    reading,
    streaming,
    waiting,
    finding,
    explained,
    unsure,
    complained,
    picking,
    interrupted,
    refused,
    graphics,
    too_large,
    components,
    searched,
    shortcuts,
    library,
    nothing_there,
    indexing,
    models,
    prompts,
    changing_prompt,
    prompt_versions,
    comparing_prompts,
    filling_in,
    lab,
    experimenting,
    settings,
)


def main(folder: Path, only: Sequence[str] = ()) -> None:
    """Take every picture, or only those of some states."""
    folder.mkdir(parents=True, exist_ok=True)
    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    appearance = Appearance(app, "light")
    for theme in ("light", "dark"):
        appearance.choose(theme)
        for state in (one for one in STATES if not only or one.__name__ in only):
            services = furnished()
            window = Window(services, appearance)  # type: ignore[arg-type]
            Frame(window, services.settings)
            window.show()
            window.load()
            settle(app, 0.2)
            shown = state(window, services) or window
            settle(app)
            shown.grab().save(str(folder / f"{state.__name__}-{theme}.png"))
            window.close()
            window.deleteLater()


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "build/screenshots"), sys.argv[2:])
