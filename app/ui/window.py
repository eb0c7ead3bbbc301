"""The main window: the rail, the pages, and files dropped anywhere."""

from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDragLeaveEvent, QDropEvent, QGuiApplication, QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QMainWindow,
    QVBoxLayout,
    QWidget,
)

from app.domain.experiments import Variant
from app.domain.library import Document
from app.domain.models import InstalledModel
from app.domain.retention import Due
from app.services.prompt_library import Filled
from app.settings.table import (
    API_ENABLED,
    LIBRARY_CHUNK_WORDS,
    LIBRARY_EMBEDDER,
    LIBRARY_FUSION,
    LIBRARY_PASSAGES,
)
from app.ui.background import Background
from app.ui.chat.failures import Failures
from app.ui.chat.listing import Listing
from app.ui.chat.naming import Naming
from app.ui.chat.outlook import Outlook
from app.ui.chat.pasted_pictures import PastedPictures
from app.ui.chat.projects import ProjectsViewModel
from app.ui.chat.transfer import ChatTransfer
from app.ui.chat.view import ChatPage
from app.ui.chat.view_model import ChatViewModel
from app.ui.copilot.quick import QuickCopilot
from app.ui.copilot.view import CopilotPage
from app.ui.copilot.view_model import CopilotViewModel
from app.ui.diagnosis import Diagnosis
from app.ui.first_run.view import FirstRun
from app.ui.first_run.view_model import FirstRunViewModel
from app.ui.judge.view import JudgePage
from app.ui.judge.view_model import JudgeViewModel
from app.ui.lab.texts import used_text
from app.ui.lab.view import LabPage
from app.ui.lab.view_model import LabViewModel
from app.ui.library.adding_strip import AddingStrip, added_text
from app.ui.library.folders_view_model import FoldersViewModel
from app.ui.library.hygiene import HygieneDialog
from app.ui.library.hygiene_view_model import HygieneViewModel
from app.ui.library.view import LibraryPage
from app.ui.library.view_model import LibraryViewModel
from app.ui.live_settings import LiveSettings
from app.ui.local_api import LocalApi
from app.ui.models.view import ModelsPage
from app.ui.models.view_model import ModelsViewModel
from app.ui.notices import Notices
from app.ui.pages import Pages
from app.ui.preferences.gateway_card import ask_passphrase
from app.ui.preferences.gateway_view_model import GatewayViewModel
from app.ui.preferences.view import PreferencesPage
from app.ui.preferences.view_model import PreferencesViewModel
from app.ui.prompts.form import FillDialog
from app.ui.prompts.view import PromptsPage
from app.ui.prompts.view_model import PromptsViewModel
from app.ui.rail import CHAT, COPILOT, MODELS, Rail
from app.ui.rail_notes import RailNotes
from app.ui.resources import resource
from app.ui.services import Services
from app.ui.theme import Appearance
from app.ui.translate import tr
from app.ui.viewer.view import Viewer
from app.ui.viewer.view_model import ViewerViewModel
from app.ui.work import under_way


class Window(QMainWindow):
    """Everything the person sees."""

    def __init__(self, services: Services, appearance: Appearance) -> None:
        super().__init__(windowTitle="Donjon")
        self._services = services
        self.appearance = appearance
        self.background = Background(self)
        self.notices = Notices()
        listing = Listing(services.chat, services.conversations, self.background, self)
        self.chat = ChatViewModel(services.chat, services.conversations, listing, self.background, self)
        self.library = LibraryViewModel(services.library, services.retention, self.background, self)
        self.models = ModelsViewModel(services.models, services.settings, self.background, self)
        self.outlook = Outlook(services.chat, services.models, self.background, self)
        self.projects = ProjectsViewModel(services.projects, self.background, self)
        self.chat_page = ChatPage(self.chat, self.projects, self.outlook, appearance)
        Naming(services.titles, self.chat, self.background, self)
        pictures = PastedPictures(services.showing, self.chat_page.composer, self.background, self)
        pictures.failed.connect(self.notices.show_error)
        self.transfer = ChatTransfer(services.transfer, self.chat, self.background, self)
        self.copilot = CopilotViewModel(services.playbooks, self.background, self)
        self.quick = QuickCopilot(
            services.copilot, services.showing, services.settings, appearance, self.background, self
        )
        self.folders = FoldersViewModel(services.folders, self.background, self)
        self.hygiene = HygieneViewModel(services.hygiene, self.background, self)
        self.viewer = ViewerViewModel(services.viewing, self.background, self)
        self.viewer_window = Viewer(self.viewer, appearance, self)
        self.viewer_window.failed.connect(lambda text: self.notices.say(text, "bad"))
        self.first_run = FirstRunViewModel(self.models, services.models, services.settings, self.background, self)
        self.prompts = PromptsViewModel(services.prompt_library, services.models, self.background, self)
        self.lab = LabViewModel(services.questions, services.experiments, services.library, self.background, self)
        self.judge = JudgeViewModel(
            services.judge, services.judge_tables, services.judge_exports, self.background, self
        )
        self.preferences = PreferencesViewModel(services.settings, self)
        self.gateway = GatewayViewModel(services.gateway, self.background, self)
        LiveSettings(services.settings, self.preferences, self.chat_page, self.models, appearance, self)
        self.diagnosis = Diagnosis(services.diagnostics, self.background, self)
        self.rail_notes = RailNotes(services.appeals, self.background, appearance)
        self._strip = AddingStrip(self.library)
        self._pages = Pages(
            (
                lambda: self.chat_page,
                lambda: self.copilot_page,
                lambda: self.judge_page,
                lambda: self.library_page,
                lambda: self.prompts_page,
                lambda: self.models_page,
                lambda: self.lab_page,
                lambda: self.preferences_page,
            )
        )
        self._pages.show_page(CHAT)
        self._rail = Rail(appearance)
        self._rail.page_chosen.idClicked.connect(self._pages.show_page)
        self.setCentralWidget(self._put_together())
        self._drop = QLabel(
            tr("Drop to add to your documents"), self, objectName="drop", alignment=Qt.AlignmentFlag.AlignCenter
        )
        self._drop.hide()
        self.setAcceptDrops(True)
        self.resize(1440, 900)
        self._keep_room()
        appearance.changed.connect(self._keep_room)
        self._connect()

    def _keep_room(self) -> None:
        """No smaller than its pages can be shown in, which larger text needs more of, if the screen has it."""
        px, room = self.appearance.theme.px, self.screen().availableGeometry()
        self.setMinimumSize(max(960, min(px(960), room.width())), max(560, min(px(560), room.height())))

    # The pages and windows that not everybody looks at: made when they are wanted, and wired to the rest then.

    @cached_property
    def copilot_page(self) -> CopilotPage:
        """Guides through decisions."""
        page = CopilotPage(self.copilot, self.appearance)
        page.said.connect(self.notices.say)
        page.opened.connect(self._open_document)
        return page

    @cached_property
    def judge_page(self) -> JudgePage:
        """Judges documents."""
        page = JudgePage(self.judge, self.appearance)
        page.said.connect(self.notices.say)
        self._with_documents(page.start.set_documents)
        self.judge.refresh()
        return page

    @cached_property
    def library_page(self) -> LibraryPage:
        """The person's documents."""
        page = LibraryPage(self.library, self.folders)
        page.opened.connect(self.viewer.open_document)
        page.check_wanted.connect(self._check_documents)
        page.asked_about.connect(self._ask_about)
        return page

    @cached_property
    def hygiene_dialog(self) -> HygieneDialog:
        """What is doubled, outdated or risky among the documents."""
        dialog = HygieneDialog(self.hygiene, self)
        dialog.opened.connect(self._open_document)
        return dialog

    @cached_property
    def prompts_page(self) -> PromptsPage:
        """The prompts of the person and the company."""
        page = PromptsPage(self.prompts, self.appearance)
        self._with_documents(lambda documents: page.offer_documents([document.name for document in documents]))
        return page

    @cached_property
    def models_page(self) -> ModelsPage:
        """The models that are here, and those to be had."""
        return ModelsPage(self.models)

    @cached_property
    def lab_page(self) -> LabPage:
        """Measures ways of searching."""
        page = LabPage(self.lab, self.appearance)
        self._with_documents(lambda _: self.lab.refresh())
        return page

    @cached_property
    def preferences_page(self) -> PreferencesPage:
        """The settings."""
        page = PreferencesPage(self.preferences, self.gateway)
        page.diagnostics_wanted.connect(self.diagnosis.copy)
        return page

    @cached_property
    def first_run_dialog(self) -> FirstRun:
        """The welcome."""
        dialog = FirstRun(self.first_run, self)
        dialog.ended.connect(lambda ask: self.add_samples() if ask else None)
        return dialog

    def _with_documents(self, show: Callable[[Sequence[Document]], None]) -> None:
        """Show the documents now, and whenever there are others."""
        self.library.documents_changed.connect(lambda: show(self.library.documents))
        show(self.library.documents)

    def load(self) -> None:
        """Read what is shown first; the library's documents follow from the background."""
        self.chat.listing.refresh()
        self.projects.refresh()
        model = self._services.models.current()
        self._name_model(model)
        if self.first_run.is_due:
            self.welcome()
        elif model is None:
            self.notices.say(tr("There is no chat model yet: download the recommended one here."), "warn")
            self.show_page(MODELS)
        self.models.refresh()
        self.library.refresh()
        self.folders.follow()
        self.copilot.refresh()
        self.quick.listen()
        self.prompts.refresh()
        self._retain()
        self.chat_page.composer.edit.setFocus()

    def _retain(self) -> None:
        """Forget what is due now and every day; nothing to show but that it is gone."""
        self.background.run(
            "retention",
            self._services.retention.follow,
            on_events=self._refresh,
            on_done=lambda: None,
            on_failed=self.notices.show_error,
        )

    def _refresh(self, _: Sequence[Due]) -> None:
        self.library.refresh()
        self.chat.listing.refresh()

    def attach(self, api: LocalApi) -> None:
        """Let a change of the settings change the local API, and tell what becomes of it."""
        self.preferences.changed.connect(lambda key: api.apply() if key == API_ENABLED.key else None)
        api.failed.connect(self.notices.show_error)
        api.opened.connect(self._tell_api)

    def _tell_api(self, address: str) -> None:
        text = tr("Other programs reach your models at {address}.", address=address)
        self.notices.say(f"{text} {tr('Make a token for each: donjon serve token create NAME')}", "good")

    @property
    def page(self) -> int:
        """The page that is shown."""
        return self._pages.shown

    @property
    def page_count(self) -> int:
        """How many pages there are."""
        return len(self._pages)

    def leave(self) -> None:
        """Close the window, unless something would be broken off by it: that is said first."""
        doing = under_way(self.background.running())
        if doing:
            text = tr("This would be broken off: {what}.", what=", ".join(doing))
            self.notices.say(text, "warn", (tr("Quit anyway"), self._quit))
        else:
            self.close()

    def _quit(self) -> None:
        self.close()

    def show_page(self, index: int) -> None:
        """Show a page, as numbered above."""
        self._rail.page_chosen.button(index).click()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Stop all work; what was written stays. Who closes it by hand is asked first, if work is under way."""
        app = QGuiApplication.instance()
        logging_out = isinstance(app, QGuiApplication) and app.isSavingSession()
        if event.spontaneous() and not logging_out and under_way(self.background.running()):
            event.ignore()
            self.leave()
            return
        self.quick.close()
        self.background.close()
        self.chat.listing.delete_now()
        super().closeEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The place to drop covers the window."""
        super().resizeEvent(event)
        self._drop.setGeometry(self.rect().adjusted(24, 24, -24, -24))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Offer a place for files."""
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()
            self._drop.show()
            self._drop.raise_()

    def dragLeaveEvent(self, _event: QDragLeaveEvent) -> None:
        """Take the place away again."""
        self._drop.hide()

    def dropEvent(self, event: QDropEvent) -> None:
        """Add what was dropped."""
        self._drop.hide()
        event.acceptProposedAction()
        self._add([Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()])

    def _put_together(self) -> QWidget:
        right = QVBoxLayout(spacing=0)
        right.setContentsMargins(0, 0, 0, 0)
        notice = QVBoxLayout(spacing=6)
        notice.setContentsMargins(12, 0, 12, 0)
        notice.addWidget(self.notices)
        notice.addWidget(self.rail_notes)
        right.addWidget(self._strip)
        right.addLayout(notice)
        right.addWidget(self._pages, 1)
        centre = QWidget(objectName="page")
        row = QHBoxLayout(centre, spacing=0)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._rail)
        row.addLayout(right, 1)
        return centre

    def _connect(self) -> None:
        for fallible in (
            *(self.chat.listing, self.projects, self.transfer, self.outlook, self.folders, self.library, self.hygiene),
            *(self.viewer, self.models, self.copilot, self.lab, self.prompts, self.judge, self.first_run),
            self.preferences,
        ):
            fallible.failed.connect(self.notices.show_error)
        self.diagnosis.failed.connect(self.notices.show_error)
        self.rail_notes.failed.connect(self.notices.show_error)
        failures = Failures(self.chat, self.models, self.notices, self.rail_notes, self)
        failures.models_wanted.connect(lambda: self.show_page(MODELS))
        failures.unlock_wanted.connect(lambda: ask_passphrase(self.gateway, self))
        self.gateway.failed.connect(failures.tell)
        self.gateway.said.connect(self.notices.say)
        self.chat_page.samples_wanted.connect(self.add_samples)
        self.chat_page.conversations.export_wanted.connect(self.transfer.export)
        self.chat_page.conversations.import_wanted.connect(self.transfer.ask_for_import)
        self.transfer.said.connect(self.notices.say)
        self.chat_page.models_wanted.connect(lambda: self.show_page(MODELS))
        self.chat_page.undoable.connect(self._tell_undoable)
        self.preferences.undoable.connect(self._tell_undoable)
        self.notices.diagnostics_wanted.connect(self.diagnosis.copy)
        self.diagnosis.said.connect(self.notices.say)
        self.folders.documents_changed.connect(self.library.refresh)
        self.hygiene.documents_changed.connect(self.library.refresh)
        self.library.removed.connect(lambda: self.chat.open(self.chat.current))
        self.library.added.connect(
            lambda adding: self.notices.say(added_text(adding), "warn" if adding.failed else "good")
        )
        self.library.documents_changed.connect(
            lambda: self.chat_page.offer_documents(self.library.documents, self.library.collections())
        )
        self.chat_page.sources.opened.connect(self.viewer.open)
        self.models.current_changed.connect(self._name_model)
        self.models.installed.connect(
            lambda model: self.notices.say(tr("{model} is here and verified.", model=model.name), "good")
        )
        self.lab.used.connect(self._tell_used)
        self.quick.connect_to(self.chat, self.viewer, self._document_text)
        self.quick.playbook_wanted.connect(self.open_playbook)
        self.quick.chat_wanted.connect(self._chat_about)
        self.quick.said.connect(self.notices.say)
        self.preferences.changed.connect(self.quick.apply)
        self.prompts.used.connect(self.ask_filled)
        self.prompts.changed.connect(lambda: self.chat_page.offer_prompts(self.prompts.shelf.found))
        self.chat_page.prompt_chosen.connect(self._fill_in)
        self.prompts.saved.connect(
            lambda kept: self.notices.say(tr("Kept: {title}, version {n}.", title=kept.title, n=kept.version), "good")
        )
        self.chat_page.said.connect(self.notices.say)
        self.chat_page.composer.files_chosen.connect(self._add)

    def _tell_undoable(self, text: str, undo: Callable[[], None]) -> None:
        self.notices.say(text, "good", (tr("Undo"), undo))

    def _tell_used(self, variant: Variant, anew: bool) -> None:
        for setting in (LIBRARY_CHUNK_WORDS, LIBRARY_EMBEDDER, LIBRARY_FUSION, LIBRARY_PASSAGES):
            self.preferences.changed.emit(setting.key)
        self.notices.say(used_text(variant, anew), "good")

    def _name_model(self, model: InstalledModel | None) -> None:
        self.chat_page.set_model(model.name if model else "")

    def _add(self, paths: list[Path]) -> None:
        if paths and not self.library.add(paths):
            self.notices.say(tr("Other files are still being added. Stop that first, or wait for its end."))

    def add_samples(self) -> None:
        """Add the sample documents, and propose a question that they answer."""
        self._add([resource("sample_documents")])
        self.chat_page.composer.edit.replace(
            tr("May I book premium economy for a nine-hour flight, and who approves it?")
        )
        self.chat_page.composer.edit.setFocus()  # Enter asks it

    def show_said(self, conversation_id: str, message_id: str) -> None:
        """Open a conversation at a message."""
        self.show_page(CHAT)
        self.chat.open(conversation_id, message_id)

    def _open_document(self, document_id: int) -> None:
        for document in self.library.documents:
            if document.id == document_id:
                self.viewer.open_document(document)

    def open_playbook(self, playbook: str) -> None:
        """Begin a playbook, by its id."""
        self.show_page(COPILOT)
        self.copilot.start(playbook)
        self.activateWindow()

    def _chat_about(self, text: str) -> None:
        self.show_page(CHAT)
        self.chat_page.start_new()
        self.chat_page.composer.edit.setPlainText(text)
        self.activateWindow()

    def _document_text(self, name: str) -> str:
        """The text of an open document; read in the background."""
        document = next((one for one in self.library.documents if one.name == name), None)
        return self._services.library.text(document.id) if document is not None else ""

    def _check_documents(self) -> None:
        self.hygiene_dialog.show()

    def choose_files(self) -> None:
        """Have files chosen that are added to the documents."""
        self.library_page.choose_files()

    def welcome(self) -> None:
        """Show the welcome, again or for the first time."""
        self.first_run_dialog.open()

    def _ask_about(self, document: Document) -> None:
        self.show_page(CHAT)
        self.chat_page.start_new()
        self.chat_page.composer.ask_of_document(document)

    def _fill_in(self, prompt_id: str) -> None:
        """Have the gaps of a prompt filled in, and ask it."""
        version = next((one.current for one in self.prompts.shelf.found if one.current.id == prompt_id), None)
        if version is not None:
            dialog = FillDialog(version, [document.name for document in self.library.documents], self)
            dialog.filled.connect(lambda values: self.prompts.use(values, version))
            dialog.open()

    def ask_filled(self, filled: Filled) -> None:
        """Ask a prompt that was filled in, in a conversation of its own."""
        self.show_page(CHAT)
        self.chat_page.start_new()
        self.chat.ask(filled.text, filled.search, prompt=filled.use, model=filled.model)
