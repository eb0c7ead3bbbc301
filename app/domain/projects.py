"""Projects: conversations that share instructions and a part of the library."""

from dataclasses import dataclass, replace
from typing import Final

from app.domain.errors import AppError, ErrorCode

MOST_INSTRUCTIONS: Final = 4000  # characters; the model reads them before every question


@dataclass(frozen=True, slots=True)
class Project:
    """What its conversations have in common."""

    id: str
    name: str
    instructions: str = ""  # what the model is to mind in all of them, in the person's words
    collections: tuple[str, ...] = ()  # that are searched unless something else is chosen; none: all
    model: str = ""  # the id of the one that answers unless another is picked; "": the one that is set


@dataclass(frozen=True, slots=True)
class RemovedProject:
    """What it takes to bring a project back."""

    project: Project
    conversations: tuple[str, ...]  # that were in it


def checked(project: Project) -> Project:
    """A project without blanks around its texts. Raises AppError PROJECT_UNNAMED, INSTRUCTIONS_TOO_LONG."""
    tidy = replace(project, name=" ".join(project.name.split()), instructions=project.instructions.strip())
    if not tidy.name:
        raise AppError(ErrorCode.PROJECT_UNNAMED)
    if len(tidy.instructions) > MOST_INSTRUCTIONS:
        raise AppError(ErrorCode.INSTRUCTIONS_TOO_LONG, length=len(tidy.instructions), most=MOST_INSTRUCTIONS)
    return tidy


def model_of(project: Project | None) -> str | None:
    """The model that a project's chats are answered by unless another is picked; None for the one that is set."""
    return project.model or None if project else None
