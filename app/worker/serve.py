"""The frame loop that every worker program runs: requests in turn, cancel and heartbeat beside them."""

import os
import queue
import sys
import threading
import time
import traceback
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Generic, TypeVar

import msgspec

import app
from app.domain.errors import AppError, Cancelled, ErrorCode
from app.wire.frames import FrameError, FrameReader, FrameWriter
from app.wire.messages import CancelWork, Failed, Ping, Pong, Ready, Stopped

EXIT_PROTOCOL = 65  # EX_DATAERR: a frame that could not be read
END_GRACE_S = 1.5  # for a worker to put things away; the app waits somewhat longer before it ends it

M = TypeVar("M")


class Job:
    """The request at hand, as its handler sees it."""

    def __init__(self, request: int, worker: str, writer: FrameWriter) -> None:
        self.request = request
        self._worker = worker
        self._writer = writer
        self._lock = threading.Lock()
        self._begun = False
        self._cancelled = False

    def begin(self) -> bool:
        """Its turn has come; False if it was cancelled, and answered so, before."""
        with self._lock:
            self._begun = True
            return not self._cancelled

    def cancel(self) -> None:
        """Mark as cancelled; one that waits its turn is answered now, so that nobody waits for it in vain."""
        with self._lock:
            self._cancelled = True
            waits = not self._begun
        if waits:
            self.send(Stopped(request=self.request))

    def abandon(self) -> None:
        """Mark as cancelled where nobody is left to be answered."""
        self._cancelled = True

    def is_cancelled(self) -> bool:
        """Whether the app asked to stop."""
        return self._cancelled

    def check(self) -> None:
        """Raise `Cancelled` if the app asked to stop."""
        if self._cancelled:
            raise Cancelled

    def send(self, message: msgspec.Struct) -> None:
        """Send a reply."""
        self._writer.write(message)

    def fail(self, error: Exception) -> None:
        """End the request with what stopped it."""
        match error:
            case Cancelled():
                self.send(Stopped(request=self.request))
            case AppError():
                self.send(Failed(request=self.request, code=error.code.value, facts=error.facts))
            case MemoryError():
                raise error  # the process is not to be trusted any more
            case _:
                traceback.print_exception(error)
                facts = {"worker": self._worker, "error": f"{type(error).__name__}: {error}"[:500]}
                self.send(Failed(request=self.request, code=ErrorCode.INTERNAL.value, facts=dict(facts)))


def claim_stdout() -> tuple[BinaryIO, BinaryIO]:
    """Take the pipes for frames; from here on, whatever native code prints goes to standard error."""
    frames_in = os.fdopen(os.dup(0), "rb", buffering=0)
    frames_out = os.fdopen(os.dup(1), "wb", buffering=0)
    with Path(os.devnull).open("rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    os.dup2(2, 1)
    if sys.platform == "win32":
        import msvcrt

        msvcrt.setmode(frames_in.fileno(), os.O_BINARY)
        msvcrt.setmode(frames_out.fileno(), os.O_BINARY)
    return frames_in, frames_out


class Server(Generic[M]):
    """Reads requests in one thread, handles them one after another in the calling thread.

    A handler may keep a job and go on with it in `step`, which runs between requests and says for how long to wait for
    the next one: 0 not at all, None for ever. With `close` given, the worker may put things away when the app has gone.
    `interrupt` is called by the reading thread once a request has been marked as cancelled.
    """

    def __init__(
        self,
        name: str,
        messages: object,
        handle: Callable[[M, Job], None],
        pipes: tuple[BinaryIO, BinaryIO],
        step: Callable[[], float | None] = lambda: None,
        close: Callable[[], None] | None = None,
        interrupt: Callable[[], None] = lambda: None,
    ) -> None:
        self._name = name
        self._handle = handle
        self._step = step
        self._close = close
        self._interrupt = interrupt
        self._reader: FrameReader[M | Ping | CancelWork] = FrameReader(pipes[0], messages)
        self._writer = FrameWriter(pipes[1])
        self._requests: queue.SimpleQueue[tuple[M, Job] | None] = queue.SimpleQueue()  # None: the app has gone
        self._jobs: weakref.WeakValueDictionary[int, Job] = weakref.WeakValueDictionary()  # until nobody works on them

    def run(self) -> None:
        """Serve until the app goes away; does not return."""
        self._writer.write(Ready(worker=self._name, pid=os.getpid(), version=app.__version__))
        threading.Thread(target=self._read, name="frames", daemon=True).start()
        try:
            while self._serve_next():
                pass
        except OSError:
            traceback.print_exc()  # the app does not read any more
        if self._close is not None:
            self._close()
        os._exit(0)

    def _serve_next(self) -> bool:
        """Take a request, if there is one, and go on with the others; False when the app has gone."""
        patience = self._step()
        try:
            taken = self._requests.get(timeout=patience) if patience != 0 else self._requests.get_nowait()
        except queue.Empty:
            return True
        if taken is None:
            return False
        message, job = taken
        if job.begin():
            try:
                self._handle(message, job)
            except Exception as error:
                job.fail(error)
        return True

    def _read(self) -> None:
        """The only reader of the pipe. The app's end closing, however it died, ends this process."""
        try:
            while (message := self._reader.read()) is not None:
                match message:
                    case Ping():
                        self._writer.write(Pong())
                    case CancelWork(request=request):
                        job = self._jobs.get(request)
                        if job is not None:
                            job.cancel()
                            self._interrupt()
                    case _:
                        job = Job(getattr(message, "request", 0), self._name, self._writer)
                        self._jobs[job.request] = job
                        self._requests.put((message, job))
        except FrameError as error:
            print(f"worker {self._name}: {error}", file=sys.stderr, flush=True)
            os._exit(EXIT_PROTOCOL)
        except OSError:
            pass  # as good as closed
        self._end()

    def _end(self) -> None:
        """Give up what runs, and go: at once, or when the worker has put things away, in bounded time."""
        if self._close is not None:
            for job in list(self._jobs.values()):
                job.abandon()
            self._interrupt()
            self._requests.put(None)
            time.sleep(END_GRACE_S)
        os._exit(0)
