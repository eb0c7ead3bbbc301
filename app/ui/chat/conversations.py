"""The list of conversations: found by title and by what was said, grouped by day, renamed and deleted by menu."""

from datetime import date, datetime

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QInputDialog,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QMenu,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.domain.chat import Conversation
from app.ui.chat.project_menu import ProjectMenu, offer_projects
from app.ui.chat.projects import ProjectsViewModel
from app.ui.chat.view_model import ChatViewModel
from app.ui.theme import Appearance
from app.ui.translate import tr

ID_ROLE = Qt.ItemDataRole.UserRole
MESSAGE_ROLE = Qt.ItemDataRole.UserRole + 1
PAUSE_MS = 120  # between what is typed and the search for it


class ConversationList(QFrame):
    """Chooses a conversation."""

    new_chat = Signal()
    export_wanted = Signal(str, str)  # the id and the title of a conversation
    import_wanted = Signal()

    def __init__(
        self,
        chat: ChatViewModel,
        projects: ProjectsViewModel,
        appearance: Appearance,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent, objectName="chat_list")
        self._chat = chat
        self._projects = projects
        self.project_menu = ProjectMenu(projects)
        self._listing = chat.listing
        self._appearance = appearance
        self._find = QLineEdit(placeholderText=tr("Find in chats"), clearButtonEnabled=True)
        self._find.setAccessibleName(tr("Search conversations"))
        self._find.setToolTip(tr('Words, "exact words", -without, from:me, after:2026-01'))
        self._pause = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._pause.timeout.connect(lambda: self._listing.find(self._find.text()))
        self._find.textChanged.connect(self._pause.start)
        self._new = QPushButton(objectName="square", toolTip=tr("New chat"))
        self._new.setAccessibleName(tr("New chat"))
        self._new.clicked.connect(self.new_chat)
        self._list = QListWidget(objectName="conversations")
        self._list.setAccessibleName(tr("Conversations"))
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self._list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self._list.customContextMenuRequested.connect(self._menu)
        self._list.itemClicked.connect(self._open)
        self._list.itemActivated.connect(self._open)
        row = QHBoxLayout(spacing=8)
        row.addWidget(self._find, 1)
        row.addWidget(self._new)
        column = QVBoxLayout(self, spacing=8)
        column.setContentsMargins(12, 12, 12, 12)
        column.addLayout(row)
        column.addWidget(self.project_menu)
        column.addWidget(self._list, 1)
        self._listing.changed.connect(self.refill)
        self._listing.found.connect(self.refill)
        projects.changed.connect(self.refill)
        chat.turns_reset.connect(self._mark)
        appearance.changed.connect(self._dress)
        self._dress()

    def refill(self) -> None:
        """Fill the list with all conversations, or with what was found."""
        self._list.clear()
        if self._find.text().strip():
            self._fill_with_hits()
        else:
            self._fill_with_all()
        self._mark()

    def _fill_with_all(self) -> None:
        group = ""
        chosen = self._projects.chosen
        shown = [one for one in self._listing.conversations if not chosen or one.project == chosen]
        for conversation in shown:
            label = _group(conversation)
            if label != group:
                group = label
                self._list.addItem(self._header(label))
            self._list.addItem(self._entry(conversation))
        if chosen and not shown:
            self._list.addItem(self._header(tr("NO CHATS IN IT YET")))

    def _fill_with_hits(self) -> None:
        titles = {hit.conversation_id for hit in self._listing.hits if not hit.message_id}
        for conversation in self._listing.conversations:
            if conversation.id in titles:
                self._list.addItem(self._entry(conversation))
        said = [hit for hit in self._listing.hits if hit.message_id]
        if said:
            self._list.addItem(self._header(tr("IN MESSAGES")))
        for hit in said:
            item = QListWidgetItem(f"{hit.title}\n{hit.snippet}")
            item.setToolTip(hit.snippet)
            item.setData(ID_ROLE, hit.conversation_id)
            item.setData(MESSAGE_ROLE, hit.message_id)
            self._list.addItem(item)
        if not self._listing.hits:
            self._list.addItem(self._header(tr("NOTHING FOUND")))

    def _header(self, label: str) -> QListWidgetItem:
        header = QListWidgetItem(label)
        header.setFlags(Qt.ItemFlag.NoItemFlags)
        font = self.font()
        font.setPixelSize(11)
        font.setWeight(font.Weight.DemiBold)
        header.setFont(font)
        return header

    def _entry(self, conversation: Conversation) -> QListWidgetItem:
        """A conversation; what happens in it stands before its title, where it is never cut off."""
        note, said = "", conversation.title
        if conversation.id == self._listing.busy_in:
            note, said = "… ", tr("{title}, an answer is being written", title=said)
        elif conversation.id in self._listing.unread:
            note, said = "● ", tr("{title}, a new answer", title=said)
        if conversation.temporary:
            said = tr("{title}, temporary", title=said)
        item = QListWidgetItem(f"{note}{conversation.title}")
        item.setToolTip(said)
        item.setData(Qt.ItemDataRole.AccessibleTextRole, said)
        item.setData(ID_ROLE, conversation.id)
        if note or conversation.temporary:
            font = self.font()
            font.setWeight(font.Weight.DemiBold if note else font.Weight.Normal)
            font.setItalic(conversation.temporary)
            item.setFont(font)
        return item

    def _mark(self) -> None:
        for row in range(self._list.count()):
            item = self._list.item(row)
            shown = bool(item.data(ID_ROLE)) and item.data(ID_ROLE) == self._chat.current
            item.setSelected(shown and not item.data(MESSAGE_ROLE))

    def _open(self, item: QListWidgetItem) -> None:
        conversation, message = item.data(ID_ROLE), item.data(MESSAGE_ROLE) or ""
        if conversation and (message or conversation != self._chat.current):
            self._chat.open(conversation, message)
        self._mark()

    def _menu(self, point: QPoint) -> None:
        item = self._list.itemAt(point)
        menu = QMenu(self)
        if item is None or not item.data(ID_ROLE):
            menu.addAction(tr("Import chats…")).triggered.connect(self.import_wanted)
            menu.exec(self._list.mapToGlobal(point))
            return
        conversation = next((c for c in self._listing.conversations if c.id == item.data(ID_ROLE)), None)
        if conversation is None:
            return
        pinned = conversation.pinned
        pin = menu.addAction(tr("Unpin") if pinned else tr("Pin"))
        pin.triggered.connect(lambda: self._listing.pin(conversation.id, pinned=not pinned))
        menu.addAction(tr("Rename…")).triggered.connect(lambda: self._rename(conversation))
        if not conversation.temporary and self._projects.all:
            self._offer_projects(menu, conversation)
        export = menu.addAction(tr("Export…"))
        export.triggered.connect(lambda: self.export_wanted.emit(conversation.id, conversation.title))
        menu.addAction(tr("Delete")).triggered.connect(lambda: self._listing.delete(conversation.id))
        menu.exec(self._list.mapToGlobal(point))

    def _offer_projects(self, menu: QMenu, conversation: Conversation) -> None:
        offer_projects(
            menu.addMenu(tr("Project")),
            self._projects.all,
            conversation.project,
            lambda project_id: self._projects.move(conversation.id, project_id),
        )

    def _rename(self, conversation: Conversation) -> None:
        title, accepted = QInputDialog.getText(self, tr("Rename"), tr("Title"), text=conversation.title)
        if accepted and title.strip():
            self._listing.rename(conversation.id, title.strip())

    def _dress(self) -> None:
        self._new.setIcon(self._appearance.icon("plus", "text"))


def _group(conversation: Conversation) -> str:
    if conversation.pinned:
        return tr("PINNED")
    day = datetime.fromisoformat(conversation.updated_at).astimezone().date()
    ago = (date.today() - day).days
    return tr("TODAY") if ago <= 0 else tr("YESTERDAY") if ago == 1 else tr("EARLIER")
