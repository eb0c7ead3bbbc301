"""Why an answer says what it says: what was asked, found, sent and computed."""

from html import escape

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QLabel, QPlainTextEdit, QScrollArea, QTabWidget, QVBoxLayout, QWidget

from app.domain.chat import Message
from app.domain.trace import Doubt, Trace
from app.services.conversations import Explanation
from app.ui.chat.sources import why
from app.ui.theme import Appearance, Theme
from app.ui.translate import tr

ROLES = {"system": "SYSTEM", "user": "USER", "assistant": "ASSISTANT"}  # as chat templates call them


class ExplanationDialog(QDialog):
    """Shows the trace of one answer; the chat stays usable beside it."""

    def __init__(self, explanation: Explanation, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("How this answer came to be"))
        theme = appearance.theme
        tabs = QTabWidget(documentMode=True)
        tabs.setAccessibleName(tr("Parts of the trace"))
        tabs.addTab(_page(overview(explanation)), tr("Overview"))
        tabs.addTab(_page(passages(explanation.question)), tr("Passages"))
        tabs.addTab(_page(certainty(explanation.answer, theme)), tr("Certainty"))
        tabs.addTab(_plain(prompt_as_sent(explanation)), tr("Prompt as sent"))
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.addWidget(tabs)
        self.resize(680, 560)


class ThoughtDialog(QDialog):
    """Shows what a reasoning model wrote for itself before it answered."""

    def __init__(self, thought: str, parent: QWidget | None = None) -> None:
        super().__init__(parent, windowTitle=tr("What the model thought first"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        caution = tr("The model wrote this for itself. It is no part of the answer and was not held against documents.")
        text = _plain(thought.strip())
        text.setAccessibleName(tr("What the model thought first"))
        column = QVBoxLayout(self, spacing=10)
        column.setContentsMargins(16, 16, 16, 16)
        column.addWidget(QLabel(caution, objectName="small", wordWrap=True))
        column.addWidget(text, 1)
        self.resize(620, 480)


def overview(explanation: Explanation) -> str:
    """The facts, as rows of HTML."""
    question, answer = explanation.question, explanation.answer
    trace = answer.trace or Trace()
    place = tr("on this device") if answer.ran == "device" else tr("at the gateway")
    rows = [
        (tr("Asked"), question.text),
        (tr("Prompt"), question.prompt_used.reference if question.prompt_used else ""),
        (tr("Searched for"), _searched(answer, trace)),
        (tr("Passages"), tr("{used} used of {found} found", used=len(question.passages), found=answer.passages_found)),
        (tr("Model"), f"{answer.model}, {place}"),
        (tr("Chosen because"), tr(trace.because)),
        (tr("Sampling"), _sampling(trace)),
        (tr("Adapters"), ", ".join(trace.adapters)),
        (tr("Rails"), "; ".join(f"{flag.where}: {flag.kind}" for flag in trace.flags) or tr("nothing found")),
        (tr("Time"), _timing(answer)),
    ]
    return "".join(
        f"<p><b>{escape(name)}</b><br>{escape(value).replace(chr(10), '<br>')}</p>" for name, value in rows if value
    )


def _searched(answer: Message, trace: Trace) -> str:
    if answer.documents_searched and not trace.query:
        return tr("not kept: it may repeat what was deleted above")
    return trace.query or tr("nothing: asked without documents")


def _sampling(trace: Trace) -> str:
    if not trace.max_tokens:
        return ""
    return tr(
        "temperature {t:g}, seed {seed}, at most {n} tokens", t=trace.temperature, seed=trace.seed, n=trace.max_tokens
    )


def _timing(answer: Message) -> str:
    timing = answer.timing
    if timing is None:
        return ""
    return tr(
        "first word after {s:.1f} s, {rate:.1f} tokens/s; {prompt} tokens read, {cached} of them remembered; "
        "{written} written",
        s=timing.first_token_s,
        rate=timing.tokens_per_s,
        prompt=timing.prompt_tokens,
        cached=timing.cached_tokens,
        written=timing.answer_tokens,
    )


def passages(question: Message) -> str:
    """The passages in the prompt, each with how it was found."""
    if not question.passages:
        return f"<p>{escape(tr('No passage was put before the model.'))}</p>"
    return "".join(
        f"<p><b>[{number}] {escape(passage.document)}</b> {escape(passage.heading)}<br>"
        f"{escape(why(passage))}<br>{escape(' '.join(passage.text.split()))}</p>"
        for number, passage in enumerate(question.passages, 1)
    )


def certainty(answer: Message, theme: Theme) -> str:
    """The words as the model wrote them, marked where another word was as likely."""
    trace = answer.trace
    if trace is None or trace.confidence is None:
        return f"<p>{escape(tr('The model did not say how sure it was.'))}</p>"
    intro = tr(
        "On average the model gave each piece {share} %. Marked: pieces that it gave less than half. "
        "This says how sure it was of its words, not whether they are true.",
        share=round(100 * trace.confidence),
    )
    written = marked(answer.prompt or answer.text, trace.doubts, theme)
    return f"<p>{escape(intro)}</p><p style='white-space: pre-wrap'>{written}</p>"


def marked(text: str, doubts: tuple[Doubt, ...], theme: Theme) -> str:
    """Text with its doubtful pieces on the colour of a mark."""
    parts, at = [], 0
    for doubt in doubts:
        piece = f"<span style='background-color: {theme['mark']}'>{escape(text[doubt.start : doubt.end])}</span>"
        parts += [escape(text[at : doubt.start]), piece]
        at = doubt.end
    return "".join([*parts, escape(text[at:])])


def prompt_as_sent(explanation: Explanation) -> str:
    """The messages as the model saw them, before its chat template joined them."""
    return "\n\n".join(f"--- {ROLES[message.role]}\n{message.content}" for message in explanation.prompt)


def _page(html: str) -> QWidget:
    text = QLabel(html, wordWrap=True, alignment=Qt.AlignmentFlag.AlignTop)
    text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    text.setMargin(12)
    return QScrollArea(widget=text, widgetResizable=True)


def _plain(text: str) -> QPlainTextEdit:
    view = QPlainTextEdit(text)
    view.setObjectName("reading")
    view.setReadOnly(True)
    view.setAccessibleName(tr("Prompt as sent"))
    return view
