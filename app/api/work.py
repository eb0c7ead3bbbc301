"""Between the blocking services and the loop: a bounded pool of threads, a bounded queue per request, a way to stop."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any, Final, Generic, TypeVar

from starlette.types import Receive, Scope, Send

from app.api.refusals import Refusal, as_refusal
from app.domain.cancel import Cancel
from app.domain.errors import Cancelled

THREADS: Final = 16  # requests worked on at once
WAITING: Final = 48  # requests that may wait for a thread
AHEAD: Final = 256  # items that work may be ahead of its client
STALL_S: Final = 30.0  # a client that takes nothing for so long has lost interest

T = TypeVar("T")


class WorkPool:
    """Runs blocking generators in threads and hands their items to the loop."""

    def __init__(self, threads: int = THREADS, waiting: int = WAITING) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="api")
        self._most = threads + waiting
        self._running: set[Stream[Any]] = set()
        self._closed = False

    def start(self, produce: Callable[[Cancel], Iterator[T]]) -> "Stream[T]":
        """Start a work. Raises Refusal when too many wait already, or it is over. Called on the loop."""
        if self._closed:
            raise as_refusal(Cancelled())
        if len(self._running) >= self._most:
            raise Refusal(429, "Too many requests wait already. Try again in a moment.", "too_many_requests")
        stream = Stream(produce, self._running.discard)
        self._running.add(stream)
        self._threads.submit(stream.run)
        return stream

    def close(self) -> None:
        """Stop all works and wait for their threads. Called off the loop."""
        self._closed = True
        for stream in list(self._running):
            stream.stop()
        self._threads.shutdown(wait=True, cancel_futures=True)


class Stream(Generic[T]):
    """The items of one work, as they come; to be read by one coroutine."""

    def __init__(self, produce: Callable[[Cancel], Iterator[T]], done: Callable[["Stream[T]"], None]) -> None:
        self.cancel = Cancel()
        self._produce = produce
        self._done = done
        self._loop = asyncio.get_running_loop()
        self._room = threading.Semaphore(AHEAD)
        self._items: asyncio.Queue[T | _End] = asyncio.Queue()

    def run(self) -> None:
        """Work, in a thread of the pool."""
        end = _End()
        try:
            self.cancel.check()
            for item in self._produce(self.cancel):
                if not self.cancel.is_set():
                    self._room.acquire()
                self._post(item)
        except Exception as error:  # noqa: BLE001  whatever it is belongs to the coroutine that reads
            end = _End(error)
        self._post(end)

    def stop(self) -> None:
        """Nobody wants the rest."""
        self.cancel.set()
        self._room.release()  # it may be waiting for room just now

    async def next(self) -> T:
        """The next item. Raises StopAsyncIteration at the end, or what ended the work."""
        item = await self._items.get()
        if isinstance(item, _End):
            self._items.put_nowait(item)  # the end stays the end
            raise item.error or StopAsyncIteration
        self._room.release()
        return item

    async def __aiter__(self) -> AsyncIterator[T]:
        """The items up to the end."""
        while True:
            try:
                item = await self.next()
            except StopAsyncIteration:
                return
            yield item

    def _post(self, item: "T | _End") -> None:
        self._loop.call_soon_threadsafe(self._arrived, item)

    def _arrived(self, item: "T | _End") -> None:
        if isinstance(item, _End):
            self._done(self)
        self._items.put_nowait(item)


class _End:
    """There are no more items."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error


@asynccontextmanager
async def stopped_with_its_client(stream: Stream[T], receive: Receive) -> AsyncIterator[None]:
    """Stop the work when the client hangs up or the block is left."""

    async def watch() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        stream.stop()

    watcher = asyncio.create_task(watch())
    try:
        yield
    finally:
        watcher.cancel()
        stream.stop()


class Streamed:
    """A response that is sent while it is made; `chunks` reads from `stream`.

    An error before the first chunk still gets a status of its own.
    """

    def __init__(self, stream: Stream[T], chunks: AsyncIterator[bytes], media_type: str) -> None:
        self._stream = stream
        self._chunks = chunks
        self._headers = [(b"content-type", media_type.encode()), (b"cache-control", b"no-store")]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it; a client that takes nothing for a while is left alone."""
        async with stopped_with_its_client(self._stream, receive):
            try:
                chunk = await anext(self._chunks)
            except Exception as error:  # noqa: BLE001  the client is told of each
                await as_refusal(error).response()(scope, receive, send)
                return
            await send({"type": "http.response.start", "status": 200, "headers": self._headers})
            try:
                while True:
                    message = {"type": "http.response.body", "body": chunk, "more_body": True}
                    await asyncio.wait_for(send(message), STALL_S)
                    chunk = await anext(self._chunks)
            except TimeoutError:
                return
            except StopAsyncIteration:
                await send({"type": "http.response.body", "body": b""})
