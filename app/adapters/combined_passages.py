"""The library of this device and that of the team as one. Of the team's nothing is kept here, on no disk."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final, TypeVar

from app.domain.cancel import Cancel
from app.domain.circuit import Circuit
from app.domain.data_class import DataClass, highest
from app.domain.distinct import distinct
from app.domain.erasure import ErasureReceipt
from app.domain.errors import AppError, ErrorCode
from app.domain.events import EmbeddingProgress
from app.domain.library import Document, LibraryReport, ParsedDocument, Passage, Source
from app.domain.query import Filter, Query
from app.domain.ranking import BLEND, Signal, blend
from app.domain.team import TEAM_PREFIX, is_teams, is_teams_document
from app.ports.data_classes import DataClasses
from app.ports.passages import Passages

REST_S: Final = 30.0  # that a team's server is left alone after it could not be reached

# Without these a search everywhere goes on: this device's documents need none of it.
_BESIDE_THE_TEAMS: Final = frozenset({ErrorCode.KEYRING_LOCKED, ErrorCode.EMBEDDER_MISSING})

T = TypeVar("T")


class CombinedPassages:
    """Implements `ports.passages.Passages`: collections that begin with "team:" are on the team's server.

    What looks everywhere answers from the device alone while the server cannot be had, and `left_out` says so. What is
    asked of the team's library itself fails then. `team` gives None while none is set up.
    """

    def __init__(self, device: Passages, team: Callable[[], Passages | None]) -> None:
        self._device = device
        self._team = team
        self._circuit = Circuit(1, REST_S)
        self._unreachable: AppError | None = None
        self._last = threading.local()
        self._classes: dict[str, DataClass] = {}

    def classes(self) -> Mapping[str, DataClass]:
        """The classes of the team's collections of which documents or passages were seen since the start."""
        return dict(self._classes)

    def left_out(self) -> AppError | None:
        """See the port."""
        found: AppError | None = getattr(self._last, "problem", None)
        return found

    def find(self, path: str, collection: str) -> Document | None:
        """See the port."""
        store, name = self._of(collection)
        found = store.find(path, name)
        return self._seen(found) if found is not None else None

    def add(self, source: Source, parsed: ParsedDocument, cancel: Cancel) -> Document:
        """See the port."""
        store, name = self._of(source.collection)
        return self._seen(store.add(replace(source, collection=name), parsed, cancel))

    def await_vectors(self, cancel: Cancel) -> Iterator[EmbeddingProgress]:
        """See the port: those of the team's are there at once."""
        return self._device.await_vectors(cancel)

    def search(self, query: Query, limit: int) -> list[Passage]:
        """See the port."""
        self._last.problem = None
        here: list[Passage] = []
        there: list[Passage] = []
        ours, theirs = _parted(query.filter)
        if ours is not None:
            here = self._device.search(replace(query, filter=ours), limit)
        if theirs is not None:
            asked = replace(query, filter=theirs)
            required = bool(theirs.collections or theirs.documents)
            there = [self._named(p) for p in self._ask(lambda team: team.search(asked, limit), required=required) or []]
        return merged(here, there, limit)

    def documents(self, collection: str | None = None) -> list[Document]:
        """See the port."""
        self._last.problem = None
        if collection is not None and not is_teams(collection):
            return self._device.documents(collection)
        name = collection.removeprefix(TEAM_PREFIX) if collection is not None else None
        theirs = self._ask(lambda team: team.documents(name), required=collection is not None)
        here = self._device.documents() if collection is None else []
        return sorted([*here, *map(self._seen, theirs or [])], key=lambda document: document.name.lower())

    def text(self, document_id: int) -> str:
        """See the port."""
        return self._holding(document_id).text(document_id)

    def whole(self, document_id: int) -> list[Passage]:
        """See the port."""
        return [
            self._named(passage) if passage.where == "team" else passage
            for passage in self._holding(document_id).whole(document_id)
        ]

    def similar(self, collection: str | None, least: float, cancel: Cancel) -> list[tuple[int, int, float]]:
        """See the port; the team's documents are compared where its collection is named."""
        if collection is None:
            return self._device.similar(None, least, cancel)
        store, name = self._of(collection)
        return store.similar(name, least, cancel)

    def check_erased(self, cancel: Cancel) -> ErasureReceipt:
        """See the port: what is kept is this device's."""
        return self._device.check_erased(cancel)

    def move(self, document_id: int, path: str, name: str) -> None:
        """See the port."""
        self._holding(document_id).move(document_id, path, name)

    def remove(self, document_id: int) -> Document:
        """See the port."""
        return self._seen(self._holding(document_id).remove(document_id))

    def check(self) -> LibraryReport:
        """See the port: this device's."""
        return self._device.check()

    def rebuild(self) -> LibraryReport:
        """See the port: this device's."""
        return self._device.rebuild()

    def close(self) -> None:
        """See the port: this device's; who opened the team's closes it."""
        self._device.close()

    def _ask(self, question: Callable[[Passages], list[T]], *, required: bool) -> list[T] | None:
        """What the team's library says; None if there is none or it cannot be had, unless that is all that is asked."""
        try:
            team = self._team()
            if team is None and not required:
                return None
            return self._unless_resting(team or self._teams(), question)
        except AppError as error:
            if required or not _is_teams_alone(error):
                raise
            self._last.problem = error
            return None

    def _unless_resting(self, team: Passages, question: Callable[[Passages], list[T]]) -> list[T]:
        """Ask, but leave a server alone for a while that could not be reached just now."""
        problem = self._unreachable
        if problem is not None and self._circuit.rest(time.monotonic()):
            raise AppError(problem.code, **problem.facts)
        try:
            answer = question(team)
        except AppError as error:
            if error.code is ErrorCode.TEAM_UNREACHABLE:
                self._unreachable = error
                self._circuit.failed(time.monotonic())
            raise
        self._unreachable = None
        self._circuit.succeeded()
        return answer

    def _of(self, collection: str) -> tuple[Passages, str]:
        """Where a collection is, and its name there."""
        if not is_teams(collection):
            return self._device, collection
        return self._teams(), collection.removeprefix(TEAM_PREFIX)

    def _holding(self, document_id: int) -> Passages:
        return self._teams() if is_teams_document(document_id) else self._device

    def _teams(self) -> Passages:
        team = self._team()
        if team is None:
            raise AppError(ErrorCode.TEAM_NOT_CONFIGURED)
        return team

    def _seen(self, document: Document) -> Document:
        """A document under the name that its collection has here."""
        if document.where == "device":
            return document
        name = TEAM_PREFIX + document.collection
        if document.data_class is not None:
            self._classes[name] = document.data_class
        return replace(document, collection=name)

    def _named(self, passage: Passage) -> Passage:
        name = TEAM_PREFIX + passage.collection
        if passage.data_class is not None:
            self._classes[name] = passage.data_class
        return replace(passage, collection=name)


class CombinedDataClasses:
    """Serves the `DataClasses` port: the device's, and the team's as its server says, of which the higher counts."""

    def __init__(self, device: DataClasses, team: Callable[[], Mapping[str, DataClass]]) -> None:
        self._device = device
        self._team = team

    def all(self) -> dict[str, DataClass]:
        """See the port."""
        classes = self._device.all()
        return classes | {
            name: highest([data_class, classes.get(name, data_class)]) for name, data_class in self._team().items()
        }

    def put(self, collection: str, data_class: DataClass) -> None:
        """See the port."""
        self._device.put(collection, data_class)


def merged(here: Sequence[Passage], there: Sequence[Passage], limit: int) -> list[Passage]:
    """One ranking of two libraries' passages: how each scored in its own, and what can be compared across both."""
    if not (here and there):
        return [*here, *there][:limit]
    both = dict(enumerate([*here, *there]))
    cosines = {n: passage.scores["vector"] for n, passage in both.items() if "vector" in passage.scores}
    ranked = blend(
        [
            Signal({n: passage.score for n, passage in both.items()}, BLEND.words),
            Signal(cosines, BLEND.meaning, min(cosines.values(), default=0.0)),
            Signal({n: passage.scores.get("coverage", 0.0) for n, passage in both.items()}, BLEND.words),
        ]
    )
    return distinct((replace(both[n], score=score) for n, score in ranked), limit)


def _parted(chosen: Filter) -> tuple[Filter | None, Filter | None]:
    """What a filter leaves in on the device and at the team's, None for nothing; the team's collections as it has them.

    Documents are named by people who see them, so those that are named say where to look.
    """
    ours = tuple(name for name in chosen.collections if not is_teams(name))
    theirs = tuple(name.removeprefix(TEAM_PREFIX) for name in chosen.collections if is_teams(name))
    held = tuple(number for number in chosen.documents if not is_teams_document(number))
    shared = tuple(number for number in chosen.documents if is_teams_document(number))
    device = replace(chosen, collections=ours, documents=held)
    team = replace(chosen, collections=theirs, documents=shared)
    return (
        device if (ours or not chosen.collections) and (held or not chosen.documents) else None,
        team if (theirs or not chosen.collections) and (shared or not chosen.documents) else None,
    )


def _is_teams_alone(error: AppError) -> bool:
    return error.code in _BESIDE_THE_TEAMS or error.code.value.startswith("team_")
