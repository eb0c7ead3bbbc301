"""The frame loop that every worker program runs: one request at a time, cancel and heartbeat beside it."""

import os
import queue
import sys
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Generic, TypeVar

import msgspec

import app
from app.domain.errors import AppError, Cancelled, ErrorCode
from app.wire.frames import FrameError, FrameReader, FrameWriter
from app.wire.messages import CancelWork, Failed, Ping, Pong, Ready, Stopped

EXIT_PROTOCOL = 65  # EX_DATAERR: a frame that could not be read

M = TypeVar("M")


class Job:
    """The request at hand, as its handler sees it."""

    def __init__(self, request: int, writer: FrameWriter) -> None:
        self.request = request
        self._writer = writer
        self._cancelled = False  # a plain flag: native code asks hundreds of times per token

    def cancel(self) -> None:
        """Mark as cancelled; called from the reader thread."""
        self._cancelled = True

    def is_cancelled(self) -> bool:
        """Whether the app asked to stop; cheap enough for native abort callbacks."""
        return self._cancelled

    def check(self) -> None:
        """Raise `Cancelled` if the app asked to stop."""
        if self._cancelled:
            raise Cancelled

    def send(self, message: msgspec.Struct) -> None:
        """Send a reply."""
        self._writer.write(message)


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
    """Reads requests in one thread, handles them one after another in the calling thread."""

    def __init__(
        self,
        name: str,
        messages: object,
        handle: Callable[[M, Job], None],
        pipes: tuple[BinaryIO, BinaryIO],
    ) -> None:
        self._name = name
        self._handle = handle
        self._reader: FrameReader[M | Ping | CancelWork] = FrameReader(pipes[0], messages)
        self._writer = FrameWriter(pipes[1])
        self._requests: queue.SimpleQueue[M] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._cancelled: set[int] = set()  # requests cancelled, and answered so, before their turn came
        self._current: Job | None = None

    def run(self) -> None:
        """Serve until the app goes away; does not return."""
        self._writer.write(Ready(worker=self._name, pid=os.getpid(), version=app.__version__))
        threading.Thread(target=self._read, name="frames", daemon=True).start()
        while True:
            self._serve(self._requests.get())

    def _serve(self, message: M) -> None:
        job = Job(getattr(message, "request", 0), self._writer)
        with self._lock:
            skip = job.request in self._cancelled
            self._cancelled.discard(job.request)
            if self._requests.empty():
                self._cancelled.clear()  # what is left came too late: those requests had ended
            if skip:
                return
            self._current = job
        try:
            self._handle(message, job)
        except Cancelled:
            job.send(Stopped(request=job.request))
        except AppError as error:
            job.send(Failed(request=job.request, code=error.code.value, facts=error.facts))
        except MemoryError:
            raise  # the process is not to be trusted any more
        except Exception as error:
            traceback.print_exc()
            facts = {"worker": self._name, "error": f"{type(error).__name__}: {error}"[:500]}
            job.send(Failed(request=job.request, code=ErrorCode.INTERNAL.value, facts=dict(facts)))
        finally:
            with self._lock:
                self._current = None

    def _read(self) -> None:
        """The only reader of the pipe. The app's end closing, however it died, ends this process."""
        try:
            while (message := self._reader.read()) is not None:
                match message:
                    case Ping():
                        self._writer.write(Pong())
                    case CancelWork(request=request):
                        self._cancel(request)
                    case _:
                        self._requests.put(message)
        except FrameError as error:
            print(f"worker {self._name}: {error}", file=sys.stderr, flush=True)
            os._exit(EXIT_PROTOCOL)
        except OSError:
            os._exit(0)
        os._exit(0)

    def _cancel(self, request: int) -> None:
        """Cancel the request at hand; one that waits its turn is answered now, so nobody waits for it in vain."""
        with self._lock:
            if self._current is not None and self._current.request == request:
                self._current.cancel()
                return
            self._cancelled.add(request)
        self._writer.write(Stopped(request=request))
