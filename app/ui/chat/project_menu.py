"""Chooses the project whose chats are listed; there it is made, changed and removed, too."""

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu, QMessageBox, QPushButton, QWidget

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
        self.setToolTip(tr("A project's chats share instructions and collections."))
        self.setMenu(QMenu(self))
        projects.changed.connect(self._fill)
        self._fill()

    def offer_collections(self, names: Sequence[str]) -> None:
        """Let a project be about these."""
        self._collections = tuple(names)

    def edit(self, project: Project | None) -> None:
        """Have a project changed, or a new one described."""
        form = ProjectForm(project, self._collections, self)
        form.given.connect(self._projects.keep)
        form.open()

    def _fill(self) -> None:
        chosen = self._projects.find(self._projects.chosen)
        name = chosen.name if chosen else tr("All chats")
        self.setText(elided(self, name))
        self.setAccessibleName(tr("Project: {name}", name=name))
        menu = self.menu()
        menu.clear()
        for project_id, label in (("", tr("All chats")), *((one.id, one.name) for one in self._projects.all)):
            action = menu.addAction(label.replace("&", "&&"))
            action.setCheckable(True)
            action.setChecked(project_id == self._projects.chosen)
            action.triggered.connect(lambda _=False, project_id=project_id: self._projects.choose(project_id))
        menu.addSeparator()
        menu.addAction(tr("New project…")).triggered.connect(lambda: self.edit(None))
        if chosen is not None:
            change = menu.addAction(tr("Change “{name}”…", name=chosen.name))
            change.triggered.connect(lambda: self.edit(chosen))
            remove = menu.addAction(tr("Remove “{name}”…", name=chosen.name))
            remove.triggered.connect(lambda: self._ask_to_remove(chosen))

    def _ask_to_remove(self, project: Project) -> None:
        question = tr("Remove the project “{name}”? Its chats stay; they lose its instructions.", name=project.name)
        if QMessageBox.question(self, tr("Remove project"), question) == QMessageBox.StandardButton.Yes:
            self._projects.remove(project.id)


def elided(where: QWidget, name: str) -> str:
    """A project's name, cut where it would take the room of what is beside it."""
    wide = WIDEST * where.fontInfo().pixelSize()
    return where.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, wide).replace("&", "&&")
