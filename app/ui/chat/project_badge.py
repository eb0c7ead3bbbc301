"""Says in a chat's header which project it is in; its menu moves the chat."""

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QMenu, QPushButton, QWidget

from app.domain.chat import is_temporary
from app.ui.chat.project_menu import ProjectMenu, elided, offer_projects
from app.ui.chat.projects import ProjectsViewModel
from app.ui.chat.view_model import ChatViewModel
from app.ui.translate import tr


class ProjectBadge(QPushButton):
    """The project of the chat that is shown; not there for a chat in none."""

    def __init__(
        self, chat: ChatViewModel, projects: ProjectsViewModel, all_projects: ProjectMenu, parent: QWidget | None = None
    ) -> None:
        """`all_projects` is where they are described."""
        super().__init__(
            parent, objectName="within", toolTip=tr("The project of this chat; choose another, or see what it says")
        )
        self._chat = chat
        self._projects = projects
        self._all_projects = all_projects
        menu = QMenu(self)
        menu.aboutToShow.connect(self._fill)
        self.setMenu(menu)
        self.hide()
        projects.changed.connect(self._follow)

    def update_name(self) -> None:
        """Name the project of the chat that is shown now."""
        project = self._projects.find(self._chat.project)
        self.setText(f"{elided(self, project.name)} ▾" if project else "")
        self.setAccessibleName(tr("Project: {name}", name=project.name if project else tr("None")))
        self.setVisible(project is not None)

    def open_menu(self, beside: QWidget) -> None:
        """Have the chat moved by keyboard; for a chat in no project the menu opens `beside` another widget."""
        place = self if self.isVisible() else beside
        self.menu().popup(place.mapToGlobal(QPoint(0, place.height())))

    def _follow(self) -> None:
        """A chat that has not begun is one of the project that is chosen."""
        if self._chat.current is None and not self._chat.turns:
            self._chat.open(None, temporary=self._chat.temporary, project=self._projects.chosen)

    def _fill(self) -> None:
        menu = self.menu()
        menu.clear()
        project = self._projects.find(self._chat.project)
        if not is_temporary(self._chat.current or "") and not self._chat.temporary:
            offer_projects(menu, self._projects.all, self._chat.project, self._move)
            menu.addSeparator()
        menu.addAction(tr("New project…")).triggered.connect(lambda: self._all_projects.edit(None))
        if project is not None:
            change = menu.addAction(tr("Change “{name}”…", name=project.name))
            change.triggered.connect(lambda: self._all_projects.edit(project))

    def _move(self, project_id: str) -> None:
        """A chat that has not begun is one of the project whose chats are listed."""
        if self._chat.current is None:
            self._projects.choose(project_id)
        else:
            self._projects.move(self._chat.current, project_id)
