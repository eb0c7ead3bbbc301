"""Pictures of the window in its main states, in every look: python -m tests.ui.screenshots [FOLDER [NAME…]]."""

import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit, QPushButton, QTabWidget, QWidget

from app.domain.cancel import Cancel
from app.domain.chat import Feedback
from app.domain.errors import AppError, ErrorCode
from app.domain.projects import Project
from app.domain.routing import Bounds, Destination, Route, may_leave
from app.services.judge import JudgeOptions
from app.services.showing import Shown
from app.settings.table import GATEWAY_URL, UI_SHORTCUTS
from app.ui.chat.conversations import ConversationList
from app.ui.chat.explanation import ExplanationDialog
from app.ui.chat.feedback import FeedbackPanel
from app.ui.chat.model_button import ModelButton
from app.ui.chat.picker import Picker
from app.ui.chat.project_badge import ProjectBadge
from app.ui.chat.project_form import ProjectForm
from app.ui.chat.sources import SourceCard
from app.ui.frame import Frame
from app.ui.gallery import Gallery
from app.ui.judge.dialogs import CompareDialog
from app.ui.judge.template_form import TemplateForm
from app.ui.palette import Palette
from app.ui.prompts.form import FillDialog
from app.ui.rail import COPILOT, JUDGE, LAB, LIBRARY, MODELS, PROMPTS, SETTINGS
from app.ui.shortcut_sheet import ShortcutSheet
from app.ui.theme import Appearance, Look
from app.ui.translate import GERMAN, speak, tr
from app.ui.widgets.buttons import LinkButton
from app.ui.window import Window
from tests.fakes.judge import REPORT, ScriptedJudging
from tests.fakes.services import CITATIONS, MODEL, PASSAGES, FakeServices, furnished

AT_GATEWAY = Route("gateway:large", "gateway", "the model on this device does not fit into its memory")
FORBIDDEN = may_leave("restricted", Bounds(local_only=False, ceiling="internal"))
HELD = AppError(ErrorCode.GATEWAY_NOT_ALLOWED, because=FORBIDDEN.because if FORBIDDEN else "")


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


def in_project(window: Window, services: FakeServices) -> None:
    """The chats of a project."""
    bid = services.projects.make("Tender for the harbour", "Answer in short points.", ["Engineering"])
    services.projects.move("t1", bid.id)
    window.projects.refresh()
    window.chat.listing.refresh()
    settle_until(lambda: bool(window.projects.all) and bool(window.chat.listing.project("t1")))
    window.projects.choose(bid.id)
    window.chat.open("t1")


def project_moves(window: Window, services: FakeServices) -> QWidget:
    """Where the chat can be moved."""
    in_project(window, services)
    badge = window.chat_page.findChild(ProjectBadge)
    assert badge is not None
    settle_until(badge.isVisible)
    badge.open_menu(badge)
    return badge.menu()


def project_removed(window: Window, services: FakeServices) -> None:
    """What can be taken back."""
    in_project(window, services)
    window.projects.remove(window.projects.chosen)
    settle_until(lambda: bool(window.notices.text()))


def project_form(window: Window, services: FakeServices) -> QWidget:
    """What the chats of a project have in common."""
    window.chat_page.conversations.project_menu.edit(
        Project("p", "Tender for the harbour", "Answer in short points, and name the clause.", ("Engineering",))
    )
    form = window.findChild(ProjectForm)
    assert form is not None
    return form


def welcome(window: Window, services: FakeServices) -> QWidget:
    """What stays on this computer."""
    window.first_run_dialog.open()
    return window.first_run_dialog


def welcome_model(window: Window, services: FakeServices) -> QWidget:
    """The recommended model on its way."""
    services.models.model = None
    services.models.hold = True
    window.models.refresh()
    settle_until(lambda: bool(window.first_run.wanted()))
    window.first_run_dialog.open()
    for _ in range(2):
        window.first_run_dialog._go(1)
    window.first_run.fetch()
    return window.first_run_dialog


def answered(window: Window, services: FakeServices) -> None:
    """An answer and its sources."""
    window.chat.open("t0")
    settle_until(lambda: bool(window.findChildren(SourceCard)))
    buttons = window.findChildren(SourceCard)[0].findChildren(QPushButton)
    next(button for button in buttons if button.text() == tr("Why this?")).click()


def rich(window: Window, services: FakeServices) -> None:
    """An answer with formulas, a table, tasks and a listing."""
    text = r"""The rate follows $r = \frac{c}{n}$, so that

$$\sum_{i=1}^{n} r_i = c \qquad \bar{r} = \frac{1}{n}\sum_{i=1}^{n} r_i$$

| City | Nights | Cost |
|---|---:|---:|
| Oslo | 2 | 420 € |
| Rome | 3 | 480 € |

- [x] flight booked
- [ ] hotel, see [the desk](https://travel.example/desk)

```sql
SELECT city, sum(cost) FROM trips GROUP BY city  -- in euros
```
"""
    kept = services.chat.kept["t0"]
    kept[-1] = replace(kept[-1], text=text, support=())
    window.chat.open("t0")
    settle_until(lambda: bool(window.chat.turns))


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
    """Questions that wait, a pasted text, a picture that is read, a question that is being changed, a rating."""
    services.chat.hold_at = "writing"
    kept = services.chat.kept["t0"]
    kept[-1] = replace(kept[-1], feedback=Feedback(good=True))
    window.chat.open("t0")
    settle_until(lambda: bool(window.chat.turns))
    window.chat.ask("And the hotel?")
    window.chat.ask("Who books it, and how long before the trip does that have to be?")
    window.chat.ask("Thank you. Write me a mail to my line manager.")
    window.chat_page.composer.attach_text("Dear travel desk,\n" * 40, tr("Pasted text"))
    window.chat_page.composer.wait_for_picture(lambda: None)
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


def choosing_model(window: Window, services: FakeServices) -> QWidget:
    """What could answer, and what is in memory."""
    window.chat.open("t0")
    settle_until(lambda: window.outlook.seen is not None)
    assert window.outlook.seen is not None
    window.outlook.seen = replace(window.outlook.seen, good_at={MODEL.id: "short answers, code and SQL on any laptop"})
    button = window.chat_page.findChildren(ModelButton)[0]
    button.click()
    return button.findChildren(Picker)[0]


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
    broke_off = AppError(ErrorCode.GATEWAY_BROKE_OFF, model="large", reason="the connection broke off")
    window.notices.show_error(broke_off)
    window.chat.open("t0")


def refused(window: Window, services: FakeServices) -> None:
    """A question that would not be sent, and why."""
    window.preferences.change(GATEWAY_URL, "https://llm.example/v1")
    services.chat.destination = Destination("restricted", "restricted", AT_GATEWAY, "large", "llm.example", HELD, HELD)
    window.chat.open("t0")
    window.chat_page.composer.edit.setPlainText("And what does the contract with the new carrier say?")


def flagged(window: Window, services: FakeServices) -> None:
    """What a rail kept on this device, and a person's objection."""
    window.chat.open("t0")
    settle_until(lambda: bool(window.chat.turns))
    window.chat.failed.emit(AppError(ErrorCode.EGRESS_BLOCKED, kinds="card number, GitLab token", model="large"))
    window.rail_notes.findChildren(LinkButton)[0].click()


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


def copilot(window: Window, services: FakeServices) -> None:
    """The playbooks, none begun."""
    window.show_page(COPILOT)


def quick_panel(window: Window, services: FakeServices) -> QWidget:
    """What an incident report looks like, and three steps."""
    text = "Checkout errors, SEV 1, since 09:12 UTC.\nThe service was degraded after a deploy: 11 % of calls failed.\n"
    window.quick.panel.open()
    window.quick.view_model.show(Shown("the clipboard", text * 20 + "We rolled back.\n"))
    return window.quick.panel


def quick_result(window: Window, services: FakeServices) -> QWidget:
    """What came of a step."""
    quick_panel(window, services)
    window.quick.view_model.choose(1)
    settle_until(lambda: not window.quick.view_model.is_working)
    return window.quick.panel


def quick_empty(window: Window, services: FakeServices) -> QWidget:
    """Nothing shown yet."""
    window.quick.panel.open()
    return window.quick.panel


def triage(window: Window, services: FakeServices) -> None:
    """A playbook at its third step."""
    _go_through(window, "incident_triage", ("Checkout service", "09:12 UTC"))


def looked_up(window: Window, services: FakeServices) -> None:
    """A question with what the documents say beside it, and what is done."""
    _go_through(window, "expense_or_travel", ("before", "travel", "A flight of nine hours to Tokyo, 1,400 euros"))


def drafted(window: Window, services: FakeServices) -> None:
    """A draft that a model wrote."""
    _go_through(window, "incident_triage", ("Checkout service", "09:12 UTC", "yes", "done", "no", "Mara", "A release"))


def ended(window: Window, services: FakeServices) -> None:
    """The end of a playbook, with what is to be done."""
    _go_through(
        window,
        "incident_triage",
        ("Checkout service", "09:12 UTC", "yes", "done", "no", "Mara leads", "A release", "We are looking at it."),
    )


def _go_through(window: Window, playbook: str, answers: tuple[str, ...]) -> None:
    window.show_page(COPILOT)
    window.copilot.start(playbook)
    for done, answer in enumerate(answers):
        _settle_at(window, done)
        window.copilot.answer(answer)
    _settle_at(window, len(answers))


def _settle_at(window: Window, done: int) -> None:
    settle_until(
        lambda: (
            window.copilot.at is not None and len(window.copilot.at.run.path) >= done and not window.copilot.is_working
        )
    )


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
    next(b for b in window.prompts_page.findChildren(QPushButton) if b.text() == tr("Try both")).click()
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


def judge_start(window: Window, services: FakeServices) -> None:
    """What a template asks, before anything is judged."""
    window.show_page(JUDGE)


def judge(window: Window, services: FakeServices) -> None:
    """A judgement in its second version, one field corrected, another looked at."""
    path = services.judgements.file()
    services.judgements.judge_now(path)
    services.judgements.judge_now(path, options=JudgeOptions(5, "name who noticed it"))
    case = services.judge.cases()[0]
    version = services.judge.versions(case.id)[-1]
    services.judge.correct(version, "severity", version.template.field("severity").choices[0])
    window.show_page(JUDGE)
    window.judge.refresh()
    window.judge.open(case.id)
    settle_until(lambda: window.judge.opened is not None)
    window.judge_page.verdicts.choose("impact")


def judge_narrow(window: Window, services: FakeServices) -> None:
    """A judgement in a small window: the document is below its verdicts."""
    window.resize(960, 620)
    judge(window, services)


def judge_table(window: Window, services: FakeServices) -> None:
    """A folder of which one file could not be read."""
    folder = services.judgements.file("INC-2219.txt").parent
    services.judgements.file("INC-2231.txt", REPORT.replace("47", "51"))
    services.judgements.file("bad.txt")
    batch = services.judge_tables.start(services.judge.template("incident"), folder, JudgeOptions())
    list(services.judge_tables.work(batch.id, Cancel()))
    window.show_page(JUDGE)
    window.judge.refresh()
    window.judge.open_table(batch.id)
    settle_until(lambda: window.judge.table is not None)


def judging(window: Window, services: FakeServices) -> None:
    """A judgement on its way."""
    window.show_page(JUDGE)
    settle_until(lambda: window.judge.template is not None)
    scripted = services.judgements.judging
    assert isinstance(scripted, ScriptedJudging)
    scripted.hold = True
    window.judge.judge([services.judgements.file()], JudgeOptions())


def judge_compare(window: Window, services: FakeServices) -> QWidget:
    """Two versions beside each other."""
    path = services.judgements.file()
    services.judgements.judge_now(path)
    services.judgements.judge_now(path, options=JudgeOptions(instruction="it was minor"))
    window.show_page(JUDGE)
    window.judge.open(services.judge.cases()[0].id)
    settle_until(lambda: window.judge.opened is not None)
    window.judge.compare(1)
    return window.findChildren(CompareDialog)[0]


def judge_template(window: Window, services: FakeServices) -> QWidget:
    """The form of a template."""
    return TemplateForm(services.judge.template("support_case"), window)


def settings(window: Window, services: FakeServices) -> None:
    """The settings."""
    window.show_page(SETTINGS)


STATES: tuple[Callable[[Window, FakeServices], QWidget | None], ...] = (
    partial,
    checked,
    page_in_viewer,
    text_in_viewer,
    welcome,
    welcome_model,
    empty,
    in_project,
    project_moves,
    project_removed,
    project_form,
    answered,
    rich,
    reading,
    streaming,
    waiting,
    finding,
    explained,
    unsure,
    complained,
    picking,
    choosing_model,
    interrupted,
    refused,
    flagged,
    graphics,
    too_large,
    components,
    searched,
    shortcuts,
    library,
    nothing_there,
    indexing,
    models,
    copilot,
    quick_empty,
    quick_panel,
    quick_result,
    triage,
    looked_up,
    drafted,
    ended,
    prompts,
    changing_prompt,
    prompt_versions,
    comparing_prompts,
    filling_in,
    lab,
    experimenting,
    judge_start,
    judge,
    judge_narrow,
    judge_table,
    judging,
    judge_compare,
    judge_template,
    settings,
)


LOOKS = {
    "light": Look("light"),
    "dark": Look("dark"),
    "light-150": Look("light", text_scale=150),
    "dark-150": Look("dark", text_scale=150),
    "light-high": Look("light", "high"),
    "dark-high": Look("dark", "high"),
}


LANGUAGES = ("english", "deutsch", "pseudo")


def main(folder: Path, only: Sequence[str] = ()) -> None:
    """Take every picture in English and German, or only those of some states, looks and languages."""
    folder.mkdir(parents=True, exist_ok=True)
    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    appearance = Appearance(app, "light")
    states = {state.__name__: state for state in STATES}
    for language in _wanted(LANGUAGES[:2], LANGUAGES, only):
        speak(app, language)
        for look in _wanted(LOOKS, LOOKS, only):
            appearance.wear(LOOKS[look])
            for state in _wanted(states, states, only):
                services = furnished(GERMAN if language == LANGUAGES[1] else "en")
                window = Window(services, appearance)  # type: ignore[arg-type]
                Frame(window, services.settings)
                window.show()
                window.load()
                settle(app, 0.2)
                shown = states[state](window, services) or window
                settle(app)
                ending = "" if language == LANGUAGES[0] else f"-{language}"
                shown.grab().save(str(folder / f"{state}-{look}{ending}.png"))
                window.close()
                window.deleteLater()


def _wanted(usual: Iterable[str], known: Iterable[str], only: Sequence[str]) -> list[str]:
    """Those that are asked for, or the usual ones if none of this sort is."""
    return [one for one in known if one in only] or list(usual)


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "build/screenshots"), sys.argv[2:])
