"""The chat page, put together."""

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from app.domain.error_texts import say_left_out
from app.domain.library import Document
from app.domain.projects import RemovedProject
from app.domain.prompt_library import Prompt
from app.domain.prompting import title
from app.services.conversations import RemovedMessages
from app.ui.chat.chips import Chip
from app.ui.chat.composer import Composer
from app.ui.chat.conversations import ConversationList
from app.ui.chat.explanation import ExplanationDialog
from app.ui.chat.finding import FindBar
from app.ui.chat.layout import COLUMN
from app.ui.chat.markdown import CITATION_SCHEME
from app.ui.chat.message_actions import MessageActions
from app.ui.chat.model_button import ModelButton
from app.ui.chat.outlook import NextQuestion, Outlook
from app.ui.chat.picker import Choice, Picker
from app.ui.chat.project_badge import ProjectBadge
from app.ui.chat.projects import ProjectsViewModel
from app.ui.chat.sources import Sources
from app.ui.chat.transcript import Transcript
from app.ui.chat.view_model import ChatViewModel, Pending
from app.ui.fact import ElidedLabel
from app.ui.theme import Appearance
from app.ui.translate import tr
from app.ui.widgets.chips import DeviceChip
from app.ui.widgets.empty_state import EmptyState, Start

NARROW, NARROWEST = 1120, 820  # pixels of the page below which it is cramped, or has no room for sources beside


class ChatPage(QWidget):
    """Conversations, transcript and composer, sources."""

    said = Signal(str, str)  # text and tone
    undoable = Signal(str, object)  # text, and what takes it back
    samples_wanted = Signal()
    models_wanted = Signal()
    prompt_chosen = Signal(str)  # the id of one that is to be filled in

    def __init__(
        self,
        chat: ChatViewModel,
        projects: ProjectsViewModel,
        outlook: Outlook,
        appearance: Appearance,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._chat = chat
        self._projects = projects
        self._outlook = outlook
        self._appearance = appearance
        self._title = ElidedLabel("title")
        self._model = ModelButton(outlook)
        self._model.picked.connect(self._pick)
        self._model.models_wanted.connect(self.models_wanted)
        self._device = DeviceChip()
        self._temporary = QPushButton(tr("Temporary"), objectName="toggle", checkable=True)
        self._temporary.setToolTip(tr("Nothing of a temporary chat is written to this computer."))
        self._temporary.clicked.connect(lambda on: self.start_new(temporary=on))
        self._wants_chats = True
        self._wants_sources = False  # in a window that has room beside the answer for one of the two
        self._prompts: Sequence[Prompt] = ()
        self._documents: list[Document] = []  # that a question can be asked of
        self.composer = Composer(appearance)
        self.transcript = Transcript(chat, appearance)
        self.finding = FindBar(chat, self.transcript)
        self.finding.closed.connect(self.composer.edit.setFocus)
        self.sources = Sources(chat, appearance)
        self.message_actions = MessageActions(chat, outlook, self.composer, self)
        self.message_actions.said.connect(self.said)
        self.conversations = conversations = ConversationList(chat, projects, appearance)
        self._project = ProjectBadge(chat, projects, conversations.project_menu)
        self._body = QStackedWidget()
        self._body.addWidget(self._welcome())
        self._body.addWidget(self.transcript)
        row = QHBoxLayout(self, spacing=0)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(conversations)
        row.addLayout(self._centre(), 1)
        row.addWidget(self.sources)
        conversations.new_chat.connect(self.start_new)
        self.composer.edit.triggered.connect(self._pick_by)
        self.composer.asked.connect(self._ask)
        self.composer.typed.connect(lambda text: chat.read_ahead(text, self.composer.use_library))
        self.composer.typed.connect(lambda _: self.look())
        self.composer.scope_changed.connect(self.look)
        self.composer.stopped.connect(chat.stop)
        self.transcript.link_clicked.connect(self._follow)
        self.transcript.action_clicked.connect(self.message_actions.act)
        self.transcript.sentence_clicked.connect(self._show_source)
        self.sources.pointed.connect(lambda number: self.transcript.point_at(chat.sources_of, number))
        chat.busy_changed.connect(self.composer.set_busy)
        chat.busy_changed.connect(lambda _: self.look())
        chat.turns_reset.connect(self._leave_sources)
        chat.turns_reset.connect(self._update)
        chat.turns_reset.connect(self.look)
        outlook.changed.connect(self._show_outlook)
        outlook.released.connect(self._tell_released)
        chat.listing.changed.connect(self._update)
        projects.changed.connect(self._update)
        projects.chats_moved.connect(chat.listing.refresh)
        projects.removed.connect(self._offer_project)
        chat.listing.deleted.connect(self._offer_undo)
        chat.removed.connect(self._offer_messages)
        chat.queue_changed.connect(self._show_queue)
        chat.explained.connect(lambda explained: ExplanationDialog(explained, appearance, self).show())
        self.composer.edited.connect(lambda question, text: chat.ask(text, self.composer.search(), instead_of=question))
        self.composer.edit.recalled.connect(self._recall)
        chat.left_out.connect(lambda error: self.said.emit(say_left_out(error), "warn"))
        chat.question_returned.connect(self.composer.edit.setPlainText)
        appearance.changed.connect(self._arrange)
        self._update()
        self._arrange()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a small window the columns at the sides leave more to the one in the middle."""
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        px = self._appearance.theme.px
        narrow = self.width() < px(NARROW)
        one_side = self.width() < px(NARROWEST)
        self.sources.setVisible(not one_side or self._wants_sources)
        self.conversations.setVisible(self._wants_chats and not (one_side and self._wants_sources))
        self.conversations.setFixedWidth(px(190 if narrow else 260))
        self.sources.setFixedWidth(px(250 if narrow else 352))
        self.composer.setMaximumWidth(px(COLUMN))

    def show_chats(self, wanted: bool) -> None:
        """Show the list of chats, or have it out of the way."""
        self._wants_chats = wanted
        self._wants_sources = self._wants_sources and not wanted
        self._arrange()

    def set_model(self, name: str) -> None:
        """Name the model that answers, "" for none."""
        self._chat.model_name = name
        self._model.name(name)
        self.look()

    def look(self) -> None:
        """Find out anew where the next question would go."""
        last = self._chat.turns[-1].message.id if self._chat.turns else None
        typed, composer = self.composer.edit.toPlainText().strip(), self.composer
        if not self._chat.busy:
            where = self._chat.current, last, composer.searched(), self._chat.picked, self._chat.project
            self._outlook.look(NextQuestion(typed, *where))

    def start_new(self, *, temporary: bool = False) -> None:
        """Begin a conversation."""
        self._chat.open(None, temporary=temporary, project=self._projects.chosen)
        self.composer.edit.setFocus()

    def offer_prompts(self, prompts: Sequence[Prompt]) -> None:
        """Let a question be made of these by a slash."""
        self._prompts = prompts

    def offer_documents(self, documents: list[Document], collections: list[str]) -> None:
        """Let questions be asked of these."""
        self._documents = documents
        self.composer.set_collections(collections)
        self.conversations.project_menu.offer_collections(collections)

    def _welcome(self) -> EmptyState:
        page = EmptyState(
            tr("Ask your own documents"),
            tr("Drop files or folders anywhere on this window.\nAnswers say which page they come from."),
        )
        page.offer(
            (
                Start(
                    tr("Add documents"), tr("They are read and searched on this computer."), self.composer.choose_files
                ),
                Start(
                    tr("Try it on sample documents"),
                    tr("Four short documents of a company that does not exist."),
                    self.samples_wanted.emit,
                ),
                Start(
                    tr("Ask the model alone"),
                    tr("To draft, translate or explain, without looking anything up."),
                    lambda: self.composer.ask_of(*self.composer.scopes()[-1]),
                ),
            )
        )
        return page

    def _centre(self) -> QVBoxLayout:
        top = QWidget(objectName="top")
        top.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        row = QHBoxLayout(top)
        row.setContentsMargins(20, 0, 20, 0)
        row.addWidget(self._title, 1)
        row.setSpacing(8)
        row.addWidget(self._project, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self._temporary, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self._model, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self._device, 0, Qt.AlignmentFlag.AlignVCenter)
        foot = QLabel(
            tr("Answers come from an AI model and can be wrong. Check the sources."),
            objectName="small",
            alignment=Qt.AlignmentFlag.AlignCenter,
            wordWrap=True,
        )
        middle = QHBoxLayout()
        middle.setContentsMargins(20, 0, 20, 0)
        middle.addStretch(1)
        middle.addWidget(self.composer, 1000)
        middle.addStretch(1)
        column = QVBoxLayout()
        column.setSpacing(0)
        column.addWidget(top)
        column.addWidget(self.finding)
        column.addSpacing(20)
        column.addWidget(self._body, 1)
        column.addSpacing(8)
        column.addLayout(middle)
        column.addSpacing(8)
        column.addWidget(foot)
        column.addSpacing(10)
        return column

    def _update(self) -> None:
        self._title.say(self._chat.listing.title(self._chat.current) or tr("New chat"))
        self._body.setCurrentIndex(1 if self._chat.turns else 0)
        self._project.update_name()
        self.composer.set_project(self._projects.find(self._chat.project))
        self._temporary.setVisible(self._chat.current is None and not self._chat.turns)
        self._temporary.setChecked(self._chat.temporary)
        self.composer.show_context(self._chat.filled)

    def move_chat(self) -> None:
        """Have the chat that is shown put into a project, by keyboard."""
        self._project.open_menu(self._title)

    def _show_outlook(self) -> None:
        seen = self._outlook.seen
        if seen is None:
            return
        destination, verdict = seen.destination, seen.verdict
        self.composer.show_destination(destination)
        if destination.model:
            self._model.name(destination.model)
        self._device.show_verdict(verdict, destination.host)
        self.conversations.project_menu.offer_models(seen.answering)

    def _tell_released(self, gone: bool) -> None:
        if gone:
            self.said.emit(tr("Its memory is free. It loads again with the next question to it."), "good")
        else:
            self.said.emit(tr("It is at work. Stop that first, or wait for its end."), "warn")
        self.look()

    def _pick(self, model_id: str) -> None:
        self._chat.picked = model_id
        self.look()

    def _ask(self, question: str) -> None:
        self._chat.ask(question, self.composer.search())

    def _show_queue(self) -> None:
        def edit(pending: Pending) -> None:
            self._chat.withdraw(pending)
            self.composer.edit.replace(pending.question)

        tip = tr("Waits for the answer before it. Click to change it.")
        self.composer.queued.show_chips(
            [
                Chip(one.question, tip, partial(edit, one), partial(self._chat.withdraw, one))
                for one in self._chat.waiting()
            ]
        )

    def _recall(self) -> None:
        """Take up the last question to change it."""
        questions = [turn.message for turn in self._chat.turns if not turn.is_answer and turn.message.id]
        if questions:
            self.composer.change(questions[-1].id, questions[-1].text)

    def _pick_by(self, trigger: str) -> None:
        """Offer what a trigger stands for, above the place where it was typed."""
        edit = self.composer.edit

        def choice(label: str, kind: str, then: Callable[[], None]) -> Choice:
            def chosen() -> None:
                edit.take_back_trigger(trigger)
                then()

            return Choice(label, kind, chosen)

        if trigger == "@" and self._outlook.seen is not None:
            title = tr("Answer by which model?")
            choices = [choice(m.name, "", partial(self._pick, m.id)) for m in self._outlook.seen.answering]
        elif trigger == "#":
            title = tr("Ask of which documents?")
            choices = [
                choice(label, "", partial(self.composer.ask_of, label, s)) for label, s in self.composer.scopes()
            ]
            choices += [
                choice(d.name, d.collection, partial(self.composer.ask_of_document, d)) for d in self._documents
            ]
        elif trigger == "/" and self._prompts:
            title = tr("Which prompt?")
            choices = [
                choice(one.current.title, one.current.purpose, partial(self.prompt_chosen.emit, one.current.id))
                for one in self._prompts
            ]
        else:
            return
        Picker(title, choices, edit).open_above(edit.mapToGlobal(edit.cursorRect().topLeft()))

    def _offer_undo(self, conversation_id: str, title: str) -> None:
        self.undoable.emit(
            tr("“{title}” is deleted.", title=title), lambda: self._chat.listing.bring_back(conversation_id)
        )

    def _offer_messages(self, removed: RemovedMessages) -> None:
        text = tr("“{title}” is deleted.", title=title(removed.gone[0].text))
        self.undoable.emit(text, lambda: self._chat.bring_back(removed))

    def _offer_project(self, removed: RemovedProject) -> None:
        text = tr("The project “{name}” is removed; its chats stay.", name=removed.project.name)
        self.undoable.emit(text, lambda: self._projects.bring_back(removed))

    def _follow(self, row: int, link: str) -> None:
        scheme, _, rest = link.partition(":")
        if scheme == CITATION_SCHEME:
            self._show_source(row, int(rest))
        else:
            self.message_actions.follow(row, link)

    def _leave_sources(self) -> None:
        self._wants_sources = False
        self._arrange()

    def _show_source(self, row: int, number: int) -> None:
        self._wants_sources = True
        self._arrange()
        self._chat.show_sources(self._chat.turns[row].message.id)
        self.sources.show_number(number)
