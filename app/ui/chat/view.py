"""The chat page, put together."""

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QMessageBox, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from app.domain.error_texts import say_left_out
from app.domain.fit_texts import device_reason, device_text
from app.ui.chat.composer import Composer
from app.ui.chat.conversations import ConversationList
from app.ui.chat.layout import COLUMN
from app.ui.chat.markdown import CITATION_SCHEME, is_safe_link
from app.ui.chat.outlook import NextQuestion, Outlook
from app.ui.chat.sources import Sources
from app.ui.chat.transcript import Transcript, copy_text
from app.ui.chat.view_model import ChatViewModel
from app.ui.fact import ElidedLabel, Fact
from app.ui.theme import Appearance
from app.ui.translate import tr

NARROW = 1120  # pixels of the page below which it is cramped


class ChatPage(QWidget):
    """Conversations, transcript and composer, sources."""

    said = Signal(str, str)  # text and tone

    def __init__(
        self, chat: ChatViewModel, outlook: Outlook, appearance: Appearance, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._chat = chat
        self._outlook = outlook
        self._title = ElidedLabel("title")
        self._model = QPushButton(objectName="model", toolTip=tr("The model that answers; choose another"))
        self._model.setMenu(QMenu(self._model))
        self._device = Fact(tr("Where the model computes"), "chip")
        self.composer = Composer(appearance)
        self.transcript = Transcript(chat, appearance)
        self.sources = Sources(chat, appearance)
        self._conversations = conversations = ConversationList(chat, appearance)
        self._body = QStackedWidget()
        self._body.addWidget(_welcome())
        self._body.addWidget(self.transcript)
        row = QHBoxLayout(self, spacing=0)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(conversations)
        row.addLayout(self._centre(), 1)
        row.addWidget(self.sources)
        conversations.new_chat.connect(self.start_new)
        self.composer.asked.connect(self._ask)
        self.composer.typed.connect(lambda text: chat.read_ahead(text, self.composer.use_library))
        self.composer.typed.connect(lambda _: self.look())
        self.composer.scope_changed.connect(self.look)
        self.composer.stopped.connect(chat.stop)
        self.transcript.link_clicked.connect(self._follow)
        self.transcript.action_clicked.connect(self._act)
        self.transcript.sentence_clicked.connect(self._show_source)
        self.sources.pointed.connect(lambda number: self.transcript.point_at(chat.sources_of, number))
        chat.busy_changed.connect(self.composer.set_busy)
        chat.busy_changed.connect(lambda _: self.look())
        chat.turns_reset.connect(self._update)
        chat.turns_reset.connect(self.look)
        outlook.changed.connect(self._show_outlook)
        chat.conversations_changed.connect(self._update)
        chat.flagged.connect(self._flag)
        chat.left_out.connect(lambda error: self.said.emit(say_left_out(error), "warn"))
        chat.question_returned.connect(self.composer.edit.setPlainText)
        QShortcut(QKeySequence(Qt.Key.Key_Escape), self, activated=chat.stop)
        QShortcut(QKeySequence.StandardKey.New, self, activated=self.start_new)
        self._update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a small window the columns at the sides leave more to the one in the middle."""
        super().resizeEvent(event)
        narrow = self.width() < NARROW
        self._conversations.setFixedWidth(190 if narrow else 260)
        self.sources.setFixedWidth(250 if narrow else 352)

    def set_model(self, name: str) -> None:
        """Name the model that answers, "" for none."""
        self._chat.model_name = name
        self._name_model(name)
        self.look()

    def look(self) -> None:
        """Find out anew where the next question would go."""
        last = self._chat.turns[-1].message.id if self._chat.turns else None
        typed, composer = self.composer.edit.toPlainText().strip(), self.composer
        if not self._chat.busy:
            self._outlook.look(NextQuestion(typed, self._chat.current, last, composer.searched(), self._chat.picked))

    def start_new(self) -> None:
        """Begin a conversation."""
        self._chat.open(None)
        self.composer.edit.setFocus()

    def _centre(self) -> QVBoxLayout:
        top = QWidget(objectName="top")
        top.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        row = QHBoxLayout(top)
        row.setContentsMargins(20, 0, 20, 0)
        row.addWidget(self._title, 1)
        row.setSpacing(8)
        row.addWidget(self._model, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self._device, 0, Qt.AlignmentFlag.AlignVCenter)
        foot = QLabel(tr("Answers come from an AI model and can be wrong. Check the sources."), objectName="small")
        foot.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.composer.setMaximumWidth(COLUMN)
        middle = QHBoxLayout()
        middle.setContentsMargins(20, 0, 20, 0)
        middle.addStretch(1)
        middle.addWidget(self.composer, 1000)
        middle.addStretch(1)
        column = QVBoxLayout()
        column.setSpacing(0)
        column.addWidget(top)
        column.addSpacing(20)
        column.addWidget(self._body, 1)
        column.addSpacing(8)
        column.addLayout(middle)
        column.addSpacing(8)
        column.addWidget(foot)
        column.addSpacing(10)
        return column

    def _update(self) -> None:
        self._title.say(self._chat.title() or tr("New chat"))
        self._body.setCurrentIndex(1 if self._chat.turns else 0)

    def _show_outlook(self) -> None:
        seen = self._outlook.seen
        if seen is None:
            return
        destination, verdict = seen.destination, seen.verdict
        self.composer.show_destination(destination)
        if destination.model:
            self._name_model(destination.model)
        if verdict is not None:
            self._device.state(tr(device_text(verdict)), tr(device_reason(verdict)))
        else:
            self._device.state(tr("gateway") if destination.host else "", destination.host)
        menu = self._model.menu()
        menu.clear()
        for model in seen.answering:
            place = tr("at the gateway") if model.where == "gateway" else tr("on this device")
            action = menu.addAction(f"{model.name}, {place}")
            action.triggered.connect(lambda _=False, model_id=model.id: self._pick(model_id))

    def _name_model(self, name: str) -> None:
        self._model.setText(f"{name or tr('no model')} ▾")
        self._model.setAccessibleName(tr("Model that answers: {model}", model=name or tr("no model")))

    def _pick(self, model_id: str) -> None:
        self._chat.picked = model_id
        self.look()

    def _ask(self, question: str) -> None:
        self._chat.ask(question, self.composer.search())

    def _act(self, row: int, action: str) -> None:
        turn = self._chat.turns[row]
        if action == "copy":
            copy_text(turn.message.text)
            self.said.emit(tr("Copied."), "good")
        elif action == "regenerate":
            self._chat.regenerate(row)
        elif action == "read_all":
            self._chat.regenerate(row, exhaustive=True)
        elif action == "continue":
            self._chat.resume(row)
        elif action in ("previous", "next"):
            self._chat.show_version(row, -1 if action == "previous" else 1)

    def _follow(self, row: int, link: str) -> None:
        scheme, _, rest = link.partition(":")
        if scheme == CITATION_SCHEME:
            self._show_source(row, int(rest))
        elif is_safe_link(link):
            question = tr("An AI model wrote this link. Open it in the browser?\n\n{link}", link=link)
            if QMessageBox.question(self, tr("Open link"), question) == QMessageBox.StandardButton.Yes:
                QDesktopServices.openUrl(QUrl(link))

    def _show_source(self, row: int, number: int) -> None:
        self._chat.show_sources(self._chat.turns[row].message.id)
        self.sources.show_number(number)

    def _flag(self, what: str) -> None:
        self.said.emit(tr("Look twice: {what}", what=what), "warn")


def _welcome() -> QWidget:
    page = QWidget()
    heading = QLabel(tr("Ask your own documents"), objectName="heading", alignment=Qt.AlignmentFlag.AlignCenter)
    text = QLabel(
        tr("Drop files or folders anywhere on this window.\nAnswers say which page they come from."),
        objectName="muted",
        alignment=Qt.AlignmentFlag.AlignCenter,
    )
    column = QVBoxLayout(page, spacing=8)
    column.addStretch(2)
    column.addWidget(heading)
    column.addWidget(text)
    column.addStretch(3)
    return page
