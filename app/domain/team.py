"""A library that a team shares, on a server of the company: who is admitted, and to what."""

from dataclasses import dataclass
from typing import Final

from app.domain.data_class import DataClass

FIRST_TEAM_DOCUMENT: Final = 1_000_000_000  # a team's documents are numbered from here, a device's from 1
TEAM_PREFIX: Final = "team:"  # begins the name that a collection of the team's server has on a device


def is_teams(collection: str) -> bool:
    """Whether a collection is on the team's server."""
    return collection.startswith(TEAM_PREFIX)


def is_teams_document(document_id: int) -> bool:
    """Whether a document is on the team's server."""
    return document_id >= FIRST_TEAM_DOCUMENT


@dataclass(frozen=True, slots=True)
class Grant:
    """What a person may read: the collections of a team up to a class; and whether they may add to those."""

    person: str
    team: str
    clearance: DataClass
    may_add: bool = False


@dataclass(frozen=True, slots=True)
class TeamCollection:
    """A collection on the team's server, whose it is, and how far its documents may travel."""

    name: str
    team: str
    data_class: DataClass


@dataclass(frozen=True, slots=True)
class TeamStatus:
    """The team library as one person sees it."""

    host: str
    person: str
    clearance: DataClass | None  # None: not admitted
    teams: tuple[str, ...]
    collections: tuple[TeamCollection, ...]
    documents: int
    version: int
    embedder: str
