"""What the command line asks of the Donjon that holds the home, through that one's local API."""

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final, get_args

import httpx2
import msgspec

from app.adapters.http_client import Timeouts, failure, http_client
from app.domain.access import Address
from app.domain.cancel import Cancel
from app.domain.errors import AppError, ErrorCode
from app.domain.events import AnswerEvent
from app.domain.library import Document
from app.domain.models import CatalogueEntry, InstalledModel
from app.domain.query import EVERYWHERE, Search

CONNECT_S: Final = 5.0
SILENCE_S: Final = 900.0  # reading a long prompt takes its time, and is said of

_EVENTS: Final[dict[str, type[AnswerEvent]]] = {kind.__name__: kind for kind in get_args(AnswerEvent)}


class _Failure(msgspec.Struct):
    """An expected failure, as it is sent."""

    code: ErrorCode
    facts: dict[str, str | int | float]


class _Models(msgspec.Struct):
    """What the server says of the models."""

    installed: list[InstalledModel]
    catalogue: list[CatalogueEntry]
    problems: list[_Failure]
    current: InstalledModel | None


class LocalApiClient:
    """The services of a home that another process holds, as far as they only read and ask.

    All raise AppError API_UNREACHABLE, and what the service itself raises.
    """

    def __init__(self, address: Address) -> None:
        server = _Server(address)
        self.chat = RemoteChat(server)
        self.models = RemoteModels(server)
        self.library = RemoteLibrary(server)


class RemoteChat:
    """Answers, as `services.chat.Chat` gives them."""

    def __init__(self, server: "_Server") -> None:
        self._server = server

    def answer(
        self,
        question: str,
        *,
        search: Search | None = EVERYWHERE,
        model: str | None = None,
        send_anyway: bool = False,
        schema: str = "",
        adapters: Sequence[str] = (),
        cancel: Cancel,
    ) -> Iterator[AnswerEvent]:
        """Answer `question` in a conversation of its own, streaming."""
        name = uuid.uuid4().hex
        body = {
            "id": name,
            "question": question,
            "search": msgspec.to_builtins(search),
            "model": model,
            "send_anyway": send_anyway,
            "schema": schema,
            "adapters": list(adapters),
        }

        def stop() -> None:
            with self._server.asked("DELETE", f"/ask/{name}"):
                pass

        with self._server.asked("POST", "/ask", body) as response:
            cancel.subscribe(stop)
            try:
                for line in _lines(response.iter_bytes()):
                    yield _event(line)
            finally:
                cancel.unsubscribe(stop)


class RemoteLibrary:
    """The documents, as `services.library.Library` lists them."""

    def __init__(self, server: "_Server") -> None:
        self._server = server

    def documents(self, collection: str | None = None) -> list[Document]:
        """All documents, by name."""
        with self._server.asked("GET", "/documents") as response:
            documents = msgspec.json.decode(response.read(), type=list[Document])
        return [document for document in documents if collection in (None, document.collection)]


class RemoteModels:
    """The models, as `services.models.Models` lists them."""

    def __init__(self, server: "_Server") -> None:
        self._server = server

    def installed(self) -> list[InstalledModel]:
        """The models that are here."""
        return self._all().installed

    def catalogue(self) -> list[CatalogueEntry]:
        """All models that can be fetched."""
        return self._all().catalogue

    def catalogue_problems(self) -> list[AppError]:
        """What is wrong with an administrator's catalogue."""
        return [AppError(problem.code, **problem.facts) for problem in self._all().problems]

    def current(self) -> InstalledModel | None:
        """The chat model that answers when none is named."""
        return self._all().current

    def _all(self) -> _Models:
        with self._server.asked("GET", "/models") as response:
            return msgspec.json.decode(response.read(), type=_Models)


class _Server:
    """Requests to it."""

    def __init__(self, address: Address) -> None:
        self._base = f"http://127.0.0.1:{address.port}/donjon/v1"
        self._headers = {"Authorization": f"Bearer {address.secret}"}

    @contextmanager
    def asked(self, method: str, path: str, body: object = None) -> Iterator[httpx2.Response]:
        """The response to a request, still to be read."""
        timeouts = Timeouts(connect=CONNECT_S, read=SILENCE_S)
        try:
            with (
                http_client("asking the Donjon that runs", timeouts=timeouts) as client,
                client.stream(method, self._base + path, json=body, headers=self._headers) as response,
            ):
                response.raise_for_status()
                yield response
        except (httpx2.HTTPError, msgspec.DecodeError) as error:
            raise AppError(ErrorCode.API_UNREACHABLE, reason=failure(error)) from error


def _lines(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Lines that end with a line feed and nothing else: an answer may hold any of Unicode's line separators."""
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        yield from whole


def _event(line: bytes) -> AnswerEvent:
    """An event, from its class name and its fields. Raises AppError for a failure that was sent."""
    kind, content = msgspec.json.decode(line, type=tuple[str, msgspec.Raw])
    if kind in _EVENTS:
        return msgspec.json.decode(content, type=_EVENTS[kind])
    failure = msgspec.json.decode(content, type=_Failure)
    raise AppError(failure.code, **failure.facts)
