"""Files on a hub of models or its mirror: `https://…`, over connections that break, stall and lie.

What is here after a break is kept and asked for no second time (Range, with If-Range where the server names versions).
A hub redirects to the hosts that store its files; only those that the catalogue permits are followed. Of a file whose
SHA-256 the catalogue does not know, the hub's own word is taken (X-Linked-Etag, X-Linked-Size) before the first byte.
"""

import re
import socket
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import Final

import httpx2

from app.adapters.http_client import failure
from app.adapters.model_source import SourceFailure
from app.adapters.partial_file import PartialFile
from app.domain.cancel import Cancel
from app.domain.models import CatalogueEntry

_HOPS: Final = 5
_WAITS_S: Final = (1.0, 4.0, 15.0)  # before trying again; the longest wait a server may ask for is twice the last
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_RANGE: Final = re.compile(r"bytes (\d+)-(\d+)/(\d+)")
_BUSY: Final = frozenset({408, 429, 500, 502, 503, 504})
_REFUSALS: Final = {
    401: "the server wants a sign-in for this file; its licence may have to be accepted there first",
    403: "the server does not allow it; its licence may have to be accepted there first",
    404: "the server has no such file",
    407: "the proxy wants a sign-in",
    410: "the server has no such file any more",
}


class _Passing(Exception):
    """A failure that may be over in a moment."""

    def __init__(self, reason: str, wait_s: float | None = None) -> None:
        super().__init__(reason)
        self.wait_s = wait_s


@dataclass(frozen=True, slots=True)
class _Promise:
    """What the file is to be, by the catalogue and, where that is silent, by the hub."""

    sha256: str
    size: int

    def learn(self, headers: Mapping[str, str]) -> "_Promise":
        """What the hub adds. Raises SourceFailure if it contradicts the catalogue."""
        named = headers.get("x-linked-etag", "").removeprefix("W/").strip('"').lower()
        size = headers.get("x-linked-size", "")
        sha256 = named if _SHA256.fullmatch(named) else self.sha256
        if self.sha256 not in ("", sha256):
            raise SourceFailure(f"it is another file there (SHA-256 {sha256}) than the catalogue names ({self.sha256})")
        return replace(self, sha256=sha256).sized(int(size)) if size.isdecimal() else replace(self, sha256=sha256)

    def sized(self, size: int) -> "_Promise":
        """The size, as somebody says it. Raises SourceFailure if somebody said otherwise."""
        if self.size not in (0, size):
            raise SourceFailure(f"it has {size} bytes there, it should have {self.size}")
        return replace(self, size=size)


class HttpsSource:
    """Serves `https:` sources, and `http:` ones of this machine itself.

    `connect` makes a client; `mirror` is the base URL that stands in for every source's host, "" for none.
    """

    def __init__(
        self,
        connect: Callable[[], httpx2.Client],
        mirror: str = "",
        waits_s: Sequence[float] = _WAITS_S,
    ) -> None:
        self._connect = connect
        self._mirror = mirror
        self._waits_s = waits_s

    def fetch(self, entry: CatalogueEntry, partial: PartialFile, cancel: Cancel) -> Iterator[int]:
        """Ask for what is still missing, again where that makes sense; failures in a row without a byte are counted."""
        failures, begun = 0, partial.length
        with self._client() as client, _cutting(cancel) as line:
            while True:
                before = partial.length
                try:
                    yield from self._attempt(client, entry, partial, line)
                    return
                except _Passing as passing:
                    problem = passing
                except (httpx2.HTTPError, httpx2.InvalidURL) as error:
                    cancel.check()
                    if partial.length == begun:  # nothing has come at all: waiting would not help
                        raise SourceFailure(failure(error)) from error
                    problem = _Passing(failure(error))
                failures = 1 if partial.length > before else failures + 1
                if failures > len(self._waits_s):
                    raise SourceFailure(str(problem)) from problem
                _wait(self._waits_s[failures - 1], problem.wait_s, cancel)

    def _client(self) -> httpx2.Client:
        try:
            return self._connect()
        except OSError as error:
            raise SourceFailure(f"the file of extra certificate authorities cannot be used: {error}") from error

    def _attempt(
        self, client: httpx2.Client, entry: CatalogueEntry, partial: PartialFile, line: "_Line"
    ) -> Iterator[int]:
        offset = partial.length
        if offset and offset == partial.note.size:
            yield offset
            return
        with self._answer(client, entry, partial, line) as (response, heard):
            offset, promise = _checked(response, heard, partial)
            partial.expect(promise.sha256, promise.size, etag=_version(response))
            yield offset
            yield from _receive(response, offset, promise.size, partial, line)

    @contextmanager
    def _answer(
        self, client: httpx2.Client, entry: CatalogueEntry, partial: PartialFile, line: "_Line"
    ) -> Iterator[tuple[httpx2.Response, _Promise]]:
        """The answer that holds the file, behind the redirects that are permitted."""
        headers = {"Accept-Encoding": "identity"}
        if partial.length:
            headers["Range"] = f"bytes={partial.length}-"
            if partial.note.etag:
                headers["If-Range"] = partial.note.etag
        origin = url = mirrored(entry.source, self._mirror)
        promise = _Promise(entry.sha256, entry.size)
        for _ in range(_HOPS):
            request = client.build_request("GET", url, headers=headers, extensions={"trace": line.trace})
            response = client.send(request, stream=True)
            try:
                if _place(url) == _place(origin):
                    promise = promise.learn(response.headers)
                if not response.has_redirect_location:
                    yield response, promise
                    return
                url = redirected(
                    origin, url.join(response.headers["Location"]), () if self._mirror else entry.redirects
                )
            finally:
                response.close()
        raise SourceFailure("the server sends us round in circles")


def mirrored(source: str, mirror: str) -> httpx2.URL:
    """The address of a source, at the mirror if there is one. Raises SourceFailure for a mirror that is no address."""
    url = httpx2.URL(source)
    if not mirror:
        return url
    if not mirror.startswith(("https://", "http://")):
        raise SourceFailure(f"the mirror that is set is not of the form https://HOST/PATH: {mirror}")
    return httpx2.URL(mirror.rstrip("/") + url.raw_path.decode("ascii"))


def _place(url: httpx2.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port


def redirected(origin: httpx2.URL, url: httpx2.URL, permitted: Sequence[str]) -> httpx2.URL:
    """Where a redirect leads. Raises SourceFailure for a place that nobody has permitted."""
    inside = any(url.host == host or url.host.endswith(f".{host}") for host in permitted) and url.port is None
    if url.userinfo or not (_place(url) == _place(origin) or (url.scheme == "https" and inside)):
        raise SourceFailure(f"the server sends us to {url.scheme}://{url.netloc.decode()}, which is not permitted")
    return url


def _checked(response: httpx2.Response, promise: _Promise, partial: PartialFile) -> tuple[int, _Promise]:
    """From which byte on the answer is the file, and what that is to be. Raises SourceFailure or _Passing."""
    status, headers, offset = response.status_code, response.headers, partial.length
    if status in _BUSY:
        raise _Passing(f"the server is busy or broken (HTTP {status})", _asked_wait(headers))
    if status == httpx2.codes.RANGE_NOT_SATISFIABLE and offset:
        partial.discard()
        raise _Passing("the file there is shorter than what is here")
    if status not in (httpx2.codes.OK, httpx2.codes.PARTIAL_CONTENT):
        raise SourceFailure(_REFUSALS.get(status, f"the server answers with HTTP {status}"))
    kind = headers.get("content-type", "").lower()
    if kind.startswith("text/") or "json" in kind:
        raise SourceFailure("a web page came instead of the file; a sign-in or a block page may stand in between")
    if headers.get("content-encoding", "identity") != "identity":
        raise SourceFailure("the server packs the file, though asked not to")
    if status == httpx2.codes.PARTIAL_CONTENT:
        promise = promise.sized(_end_of_range(headers.get("content-range", ""), offset))
    else:
        offset = 0
    length = headers.get("content-length", "")
    if length.isdecimal():
        promise = promise.sized(offset + int(length))
    if not promise.sha256 or not promise.size:
        raise SourceFailure("neither the catalogue nor the server says which file it is to be (SHA-256 and size)")
    if partial.note.sha256 not in ("", promise.sha256):
        partial.discard()
        raise _Passing("the file there has changed")
    return offset, promise


def _end_of_range(content_range: str, offset: int) -> int:
    """The whole file's size, by an answer that has to be its rest. Raises SourceFailure for another piece."""
    found = _RANGE.fullmatch(content_range)
    if found is None or int(found[1]) != offset or int(found[2]) + 1 != int(found[3]):
        raise SourceFailure(f"the server sends another piece than the one asked for ({content_range or 'not said'})")
    return int(found[3])


def _receive(response: httpx2.Response, offset: int, size: int, partial: PartialFile, line: "_Line") -> Iterator[int]:
    done = offset
    with partial.open_at(offset) as file:
        try:
            for block in response.iter_raw():
                line.cancel.check()
                if done + len(block) > size:
                    raise SourceFailure(f"more comes than the {size} bytes it should have")
                file.write(block)
                done += len(block)
                yield done
        except (httpx2.NetworkError, httpx2.RemoteProtocolError, httpx2.TimeoutException) as error:
            raise _Passing(failure(error)) from error
    if done < size:
        raise _Passing("the connection broke off")


def _version(response: httpx2.Response) -> str:
    """The server's name for this version of the file; a weak one does not tell bytes apart."""
    etag = response.headers.get("etag", "")
    return "" if etag.startswith("W/") else etag


def _asked_wait(headers: Mapping[str, str]) -> float | None:
    asked = headers.get("retry-after", "")
    return float(asked) if asked.isdecimal() else None


def _wait(planned_s: float, asked_s: float | None, cancel: Cancel) -> None:
    """Wait as long as the server asks, within reason, else as planned. Raises Cancelled."""
    stopped = threading.Event()
    cancel.subscribe(stopped.set)
    stopped.wait(planned_s if asked_s is None else min(asked_s, 2 * _WAITS_S[-1]))
    cancel.unsubscribe(stopped.set)
    cancel.check()


class _Line:
    """The socket under the running request, so that a wish to stop need not wait for the server."""

    def __init__(self, cancel: Cancel) -> None:
        self.cancel = cancel
        self._socket: socket.socket | None = None

    def trace(self, event: str, facts: Mapping[str, object]) -> None:
        """Called by the client at each step; the steps that make a connection tell its socket."""
        stream = facts.get("return_value")
        if event in ("connection.connect_tcp.complete", "connection.start_tls.complete") and stream is not None:
            self._socket = stream.get_extra_info("socket")  # type: ignore[attr-defined]
            if self.cancel.is_set():
                self.cut()

    def cut(self) -> None:
        """End the connection under whoever waits for it; from any thread."""
        if self._socket is not None:
            with suppress(OSError):  # it has ended by itself
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)


@contextmanager
def _cutting(cancel: Cancel) -> Iterator[_Line]:
    line = _Line(cancel)
    cancel.subscribe(line.cut)
    try:
        yield line
    finally:
        cancel.unsubscribe(line.cut)
