"""Chooses the project whose chats are listed; there it is made, changed and removed, too."""

from collections.abc import Callable, Sequence
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu, QPushButton, QWidget

from app.domain.models import InstalledModel
from app.domain.projects import Project
from app.ui.chat.project_form import ProjectForm
from app.ui.chat.projects import ProjectsViewModel
from app.ui.translate import tr

WIDEST: Final = 15  # letters' sizes: as much of a name as there is room for beside others


class ProjectMenu(QPushButton):
    """Says which project it is; its menu has the others."""

    def __init__(self, projects: ProjectsViewModel, parent: QWidget | None = None) -> None:
        super().__init__(parent, objectName="project")
        self._projects = projects
        self._collections: tuple[str, ...] = ()
        self._models: tuple[InstalledModel, ...] = ()
        self.setToolTip(tr("A project's chats share instructions and collections."))
        self.setMenu(QMenu(self))
        projects.changed.connect(self._fill)
        self._fill()

    def offer_collections(self, names: Sequence[str]) -> None:
        """Let a project be about these."""
        self._collections = tuple(names)

    def offer_models(self, models: Sequence[InstalledModel]) -> None:
        """Let a project be answered by these."""
        self._models = tuple(models)

    def edit(self, project: Project | None) -> None:
        """Have a project changed, or a new one described."""
        form = ProjectForm(project, self._collections, self._models, self)
        form.given.connect(self._projects.keep)
        form.open()

    def _fill(self) -> None:
        chosen = self._projects.find(self._projects.chosen)
        name = chosen.name if chosen else tr("All chats")
        self.setText(elided(self, name))
        self.setAccessibleName(tr("Project: {name}", name=name))
        menu = self.menu()
        menu.clear()
        offer_projects(menu, self._projects.all, self._projects.chosen, self._projects.choose, none=tr("All chats"))
        menu.addSeparator()
        menu.addAction(tr("New project…")).triggered.connect(lambda: self.edit(None))
        if chosen is not None:
            change = menu.addAction(tr("Change “{name}”…", name=chosen.name))
            change.triggered.connect(lambda: self.edit(chosen))
            remove = menu.addAction(tr("Remove “{name}”", name=chosen.name))
            remove.triggered.connect(lambda: self._projects.remove(chosen.id))


def offer_projects(
    menu: QMenu, projects: Sequence[Project], chosen: str, take: Callable[[str], None], *, none: str = ""
) -> None:
    """Fill a menu with projects, by id the chosen one ticked, and before them with none."""
    for project_id, name in (("", none or tr("None")), *((one.id, one.name) for one in projects)):
        action = menu.addAction(name.replace("&", "&&"))
        action.setCheckable(True)
        action.setChecked(project_id == chosen)
        action.triggered.connect(lambda _=False, project_id=project_id: take(project_id))


def elided(where: QWidget, name: str) -> str:
    """A project's name, cut where it would take the room of what is beside it."""
    wide = WIDEST * where.fontInfo().pixelSize()
    return where.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, wide).replace("&", "&&")
