"""What is done with a message: copied, asked again, rated, explained, followed where it points."""

from PySide6.QtCore import QObject, Qt, QUrl, Signal
from PySide6.QtGui import QCursor, QDesktopServices
from PySide6.QtWidgets import QMenu, QMessageBox, QWidget

from app.domain.chat import Feedback
from app.domain.hygiene import language
from app.domain.links import is_safe_link
from app.domain.wording import MARKER
from app.ui.chat.composer import Composer
from app.ui.chat.copying import PART_SCHEMES, all_code, all_tables, as_copied, take_part
from app.ui.chat.explanation import ThoughtDialog
from app.ui.chat.feedback import FeedbackPanel
from app.ui.chat.outlook import Outlook
from app.ui.chat.parts import plain_text
from app.ui.chat.transcript import copy_text
from app.ui.chat.view_model import ChatViewModel
from app.ui.read_aloud import ReadAloud
from app.ui.translate import system_language, tr


class MessageActions(QObject):
    """Carries out the actions of the messages that are shown."""

    said = Signal(str, str)  # what happened, and its tone

    def __init__(self, chat: ChatViewModel, outlook: Outlook, composer: Composer, page: QWidget) -> None:
        super().__init__(page)
        self._chat = chat
        self._outlook = outlook
        self._composer = composer
        self._page = page
        self.voice = ReadAloud(self)
        self.voice.failed.connect(lambda why: self.said.emit(why, "warn"))
        self.discloses = False  # whether what is copied says that a model wrote it

    def act(self, row: int, action: str) -> None:
        """Do what an action is called."""
        turn = self._chat.turns[row]
        match action:
            case "copy":
                self._copy(as_copied(turn.message, disclosed=self.discloses))
            case "copy_plain":
                self._copy(as_copied(turn.message, plain=True, disclosed=self.discloses))
            case "copy_code":
                code = all_code(turn.message.text)
                self._copy(code) if code else self.said.emit(tr("There is no code in this answer."), "")
            case "copy_tables":
                self._copy(all_tables(turn.message.text))
            case "edit":
                self._composer.change(turn.message.id, turn.message.text)
            case "again":
                self._chat.regenerate(row)
            case "shorter" | "longer":
                self._chat.regenerate(row, style=action)
            case "regenerate":
                self._regenerate_menu(row).popup(QCursor.pos())
            case "read_all":
                self._chat.regenerate(row, exhaustive=True)
            case "continue":
                self._chat.resume(row)
            case "previous" | "next":
                self._chat.show_version(row, -1 if action == "previous" else 1)
            case "good" | "bad":
                self._rate(row, good=action == "good")
            case "why":
                self._chat.explain(row)
            case "thought":
                ThoughtDialog(turn.message.thought, self._page).show()
            case "read_aloud":
                self._read_aloud(turn.message.text)
            case "fork":
                self._chat.fork(row)
            case "delete" if self._chat.writes_here:
                self.said.emit(tr("An answer is being written here. Stop it first, or wait for its end."), "warn")
            case "delete":
                self._chat.remove(row)

    def _regenerate_menu(self, row: int) -> QMenu:
        """How another version may differ: in length, by its model, by its sources."""
        menu = QMenu(self._page)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(tr("Again")).triggered.connect(lambda: self._chat.regenerate(row))
        menu.addAction(tr("Shorter")).triggered.connect(lambda: self._chat.regenerate(row, style="shorter"))
        menu.addAction(tr("Longer")).triggered.connect(lambda: self._chat.regenerate(row, style="longer"))
        models = menu.addMenu(tr("With another model"))
        for model in self._outlook.seen.answering if self._outlook.seen else ():
            models.addAction(model.name).triggered.connect(
                lambda _=False, chosen=model.id: self._chat.regenerate(row, model=chosen)
            )
        sources = menu.addMenu(tr("From other sources"))
        for label, search in self._composer.scopes():
            sources.addAction(label).triggered.connect(
                lambda _=False, search=search: self._chat.ask_elsewhere(row, search)
            )
        return menu

    def _rate(self, row: int, *, good: bool) -> None:
        """Rate an answer, or take the same rating back; what is wrong with it is asked for."""
        before = self._chat.turns[row].message.feedback
        if good and before is not None and before.good:
            self._chat.rate(row, None)
            return
        if good:
            self._chat.rate(row, Feedback(good=True))
            return
        panel = FeedbackPanel(self._page)
        panel.given.connect(lambda feedback: self._chat.rate(row, feedback))
        if before is None or before.good:
            self._chat.rate(row, Feedback(good=False))
        panel.open_at(QCursor.pos())

    def act_on_last(self, action: str) -> None:
        """Do this with the last answer, if there is one and it is all there."""
        for row in range(len(self._chat.turns) - 1, -1, -1):
            turn = self._chat.turns[row]
            if turn.is_answer and not turn.is_live:
                self.act(row, action)
                return
        self.said.emit(tr("There is no answer yet."), "")

    def follow(self, row: int, link: str) -> None:
        """Go where a link of a message points; into the browser only after a question."""
        if link.partition(":")[0] in PART_SCHEMES:
            if done := take_part(self._chat.turns[row].message.text, link, self._page):
                self.said.emit(done, "good")
        elif is_safe_link(link):
            question = tr("An AI model wrote this link. Open it in the browser?\n\n{link}", link=link)
            if QMessageBox.question(self._page, tr("Open link"), question) == QMessageBox.StandardButton.Yes:
                QDesktopServices.openUrl(QUrl(link))

    def _read_aloud(self, untrusted_text: str) -> None:
        if self.voice.is_reading:
            self.voice.stop()
            return
        text = MARKER.sub("", plain_text(untrusted_text))
        self.voice.read(text, language(text) or system_language())
        if self.voice.is_reading:
            self.said.emit(tr("Reading aloud. The same again, or Esc, stops it."), "")

    def _copy(self, text: str) -> None:
        copy_text(text)
        self.said.emit(tr("Copied."), "good")
