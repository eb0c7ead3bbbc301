"""A worker process and the conversation with it: start, handshake, heartbeat, requests, the stop ladder."""

import collections
import itertools
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Generic, TypeVar

import msgspec

import app
from app.domain.cancel import Cancel
from app.domain.errors import AppError, Cancelled, ErrorCode
from app.wire.frames import Fault, FrameError, FrameReader, FrameWriter
from app.wire.messages import CancelWork, Failed, Ping, Pong, Ready, Stopped

HANDSHAKE_S = 30.0
HEARTBEAT_S = 5.0
SILENCE_S = 60.0  # no frame, not even a Pong, for so long: the process hangs
CANCEL_GRACE_S = 2.0
TERMINATE_GRACE_S = 2.0

_STDERR_TAIL = 40  # lines kept for the report of a death
_KEEP = ("PATH", "HOME", "USERPROFILE", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR", "LANG", "LC_ALL", "LD_LIBRARY_PATH")
_SET = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "TOKENIZERS_PARALLELISM": "false",
    # Threads of llama.cpp that wait for each other spin, 300 000 rounds if they are let, and then slow each other down
    # where other programs want the processor too. Measured with the plain loop on two cores, tokens per second idle
    # (1.5B) and beside other work (135M): as shipped 22.2 and 2.3; 20 000 rounds 21.2 and 7.7; 1000 rounds 23.0 and
    # 11.2, but 0.96 of the plain loop through the app, whose threads wait longer; 50 000 rounds 21.9 idle. GNU's
    # runtime only; others do not read it.
    "GOMP_SPINCOUNT": "50000",
    "ANONYMIZED_TELEMETRY": "False",
    "PYTHONUTF8": "1",
    "PYTHONPATH": str(Path(app.__file__).parent.parent),
}

M = TypeVar("M")
R = TypeVar("R", bound=msgspec.Struct)


def worker_command(role: str) -> list[str]:
    """The command line of a worker: the same interpreter, or the same frozen program."""
    if getattr(sys, "frozen", False):
        return [sys.executable, "worker", role]
    return [sys.executable, "-P", "-m", "app", "worker", role]  # -P: nothing is imported from where the app was started


class WorkerProcess(Generic[M]):
    """One child process of a given role; started at the first request, started anew after a death.

    `replies` is the union of messages the worker may send. Thread-safe: requests from several threads are numbered, and
    the worker takes them in turn. What arrives is untrusted: a frame that does not fit the union ends the worker.
    """

    def __init__(self, role: str, replies: object, environment: Callable[[], dict[str, str]] = dict) -> None:
        """`environment` is asked at each start."""
        self.role = role
        self._replies = replies
        self._environment = environment
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._connection: _Connection[M] | None = None

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        connection = self._connection
        return connection.process.pid if connection is not None and connection.is_alive() else None

    @property
    def busy(self) -> bool:
        """Whether a request has not been answered yet."""
        connection = self._connection
        return connection is not None and connection.is_waited_for()

    def next_request(self) -> int:
        """A fresh request number."""
        return next(self._numbers)

    def request(
        self,
        message: msgspec.Struct,
        last: type[R],
        cancel: Cancel | None = None,
        time_limit: float | None = None,
    ) -> Iterator[M | R]:
        """Send `message` and yield its replies up to and including the one of type `last`.

        Raises Cancelled, AppError with the worker's own code, or WORKER_DIED, WORKER_SILENT, WORKER_PROTOCOL.
        With `time_limit` (seconds) exceeded the worker is killed and WORKER_SILENT raised.
        """
        number: int = getattr(message, "request")  # noqa: B009  every request message has one
        connection = self._connect()
        replies = connection.expect(number)
        cancelled_at: list[float] = []

        def send_cancel() -> None:
            cancelled_at.append(time.monotonic())
            connection.send(CancelWork(request=number))

        finished = False
        try:
            connection.send(message)
            if cancel is not None:
                cancel.subscribe(send_cancel)
            deadline = time.monotonic() + time_limit if time_limit else None
            while True:
                reply = connection.next_reply(replies, cancelled_at, deadline)
                finished = isinstance(reply, AppError | Stopped | Failed | last)
                if isinstance(reply, AppError):
                    raise Cancelled if cancelled_at else reply
                if isinstance(reply, Stopped):
                    raise Cancelled
                if isinstance(reply, Failed):
                    raise _as_error(reply, self.role)
                yield reply
                if finished:
                    return
        finally:
            if cancel is not None:
                cancel.unsubscribe(send_cancel)
            connection.forget(number)
            if not finished and not cancelled_at:  # the caller walked away from the iterator
                connection.send(CancelWork(request=number))

    def ask(
        self, message: msgspec.Struct, answer: type[R], cancel: Cancel | None = None, time_limit: float | None = None
    ) -> R:
        """Send `message` and return its one reply; see `request` for what is raised."""
        for reply in self.request(message, answer, cancel, time_limit):
            if isinstance(reply, answer):
                return reply
        raise AppError(ErrorCode.WORKER_PROTOCOL, worker=self.role, detail=f"no {answer.__name__}")

    def stop(self) -> None:
        """End the process: close its input, then terminate, then kill."""
        with self._lock:
            connection, self._connection = self._connection, None
        if connection is not None:
            connection.stop()

    def _connect(self) -> "_Connection[M]":
        with self._lock:
            connection = self._connection
            if connection is None or not connection.is_alive():
                connection = _Connection(self.role, self._replies, self._environment())
                connection.greet()
                self._connection = connection
            return connection


class _Connection(Generic[M]):
    """One process from start to death. Nothing of it outlives it, so a successor never hears of its end."""

    def __init__(self, role: str, replies: object, environment: dict[str, str]) -> None:
        self._role = role
        self.process = subprocess.Popen(
            worker_command(role),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={name: os.environ[name] for name in _KEEP if name in os.environ} | _SET | environment,
            bufsize=0,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        assert self.process.stdin and self.process.stdout and self.process.stderr
        self._writer = FrameWriter(self.process.stdin)
        self._reader: FrameReader[M] = FrameReader(self.process.stdout, replies)
        self._lock = threading.Lock()
        self._waiting: dict[int, queue.SimpleQueue[M | AppError]] = {}
        self._end: AppError | None = None  # why it is over; set under the lock, once
        self._ready: queue.SimpleQueue[AppError | None] = queue.SimpleQueue()
        self._stderr: collections.deque[str] = collections.deque(maxlen=_STDERR_TAIL)
        self._last_seen = time.monotonic()
        self._hangs = False
        self._stderr_thread = threading.Thread(target=self._read_stderr, name=f"{role} stderr", daemon=True)
        self._stderr_thread.start()
        threading.Thread(target=self._read_frames, name=f"{role} frames", daemon=True).start()

    def is_alive(self) -> bool:
        """Whether requests may still be sent."""
        return self._end is None and self.process.poll() is None

    def is_waited_for(self) -> bool:
        """Whether a reply is expected of it."""
        with self._lock:
            return bool(self._waiting)

    def greet(self) -> None:
        """Wait for the worker's greeting. Raises AppError WORKER_DIED, WORKER_SILENT or WORKER_PROTOCOL."""
        try:
            refused = self._ready.get(timeout=HANDSHAKE_S)
        except queue.Empty:
            refused = AppError(ErrorCode.WORKER_SILENT, worker=self._role, seconds=HANDSHAKE_S)
        if refused is not None:
            self.process.kill()
            raise refused

    def expect(self, number: int) -> "queue.SimpleQueue[M | AppError]":
        """Where replies to a request will arrive; the news of the end, if that has come already."""
        replies: queue.SimpleQueue[M | AppError] = queue.SimpleQueue()
        self._last_seen = time.monotonic()  # an idle worker has no reason to speak: its silence counts from now
        with self._lock:
            if self._end is None:
                self._waiting[number] = replies
            else:
                replies.put(self._end)
        return replies

    def forget(self, number: int) -> None:
        """Nobody waits for this request any more."""
        with self._lock:
            self._waiting.pop(number, None)

    def send(self, message: msgspec.Struct) -> None:
        """Write a frame. A worker that is gone is noticed by the reader thread, which tells whoever waits."""
        try:
            self._writer.write(message)
        except FrameError as fault:
            raise AppError(ErrorCode.WORKER_PROTOCOL, worker=self._role, detail=str(fault)) from fault
        except (OSError, ValueError):
            return

    def next_reply(
        self, replies: "queue.SimpleQueue[M | AppError]", cancelled_at: list[float], deadline: float | None
    ) -> M | AppError:
        """The next reply, however long it takes; a worker that hangs or ignores a cancel is ended meanwhile."""
        while True:
            now = time.monotonic()
            if (deadline is not None and now >= deadline) or now - self._last_seen > SILENCE_S:
                self._hangs = True
                self._end_process()
            elif cancelled_at and now >= cancelled_at[0] + CANCEL_GRACE_S:
                self._end_process()
            try:
                return replies.get(timeout=_patience(cancelled_at, deadline))
            except queue.Empty:
                self.send(Ping())

    def stop(self) -> None:
        """Close the worker's input, at which it ends by itself; else terminate, else kill."""
        assert self.process.stdin
        try:
            self.process.stdin.close()
            self.process.wait(TERMINATE_GRACE_S)
        except OSError:
            self.process.kill()  # its pipe is broken: it is already dying
        except subprocess.TimeoutExpired:
            self._end_process()

    def _end_process(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(TERMINATE_GRACE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()

    # --- its two threads -----------------------------------------------------------------------------------------

    def _read_frames(self) -> None:
        """The only reader of the worker's output; hands each reply to whoever waits for its request."""
        error: AppError | None = None
        try:
            while (message := self._reader.read()) is not None:
                self._last_seen = time.monotonic()
                self._deliver(message)
        except FrameError as fault:
            truncated = fault.fault is Fault.TRUNCATED  # it died in the middle of a frame
            if not truncated:
                self.process.kill()
                error = AppError(ErrorCode.WORKER_PROTOCOL, worker=self._role, detail=str(fault))
        self.process.wait()
        self._stderr_thread.join(1.0)
        if error is None:
            code = ErrorCode.WORKER_SILENT if self._hangs else ErrorCode.WORKER_DIED
            error = AppError(code, worker=self._role, exit=self.process.returncode, detail=self._last_words())
        with self._lock:
            self._end = error
            waiting = list(self._waiting.values())
        self._ready.put(error)
        for replies in waiting:
            replies.put(error)
        for pipe in (self.process.stdout, self.process.stderr):
            assert pipe
            pipe.close()

    def _deliver(self, message: M) -> None:
        if isinstance(message, Ready):
            if message.worker != self._role or message.version != app.__version__:
                raise FrameError(Fault.VERSION, f"{message.worker} {message.version}")
            self._ready.put(None)
        elif not isinstance(message, Pong):
            with self._lock:
                replies = self._waiting.get(getattr(message, "request", 0))
            if replies is not None:
                replies.put(message)

    def _read_stderr(self) -> None:
        assert self.process.stderr
        for line in self.process.stderr:
            self._stderr.append(line[:500].decode("utf-8", "replace").rstrip())

    def _last_words(self) -> str:
        return "\n".join(list(self._stderr)[-8:])[-1000:]


def _patience(cancelled_at: list[float], deadline: float | None) -> float:
    """How long to wait for a reply before looking after the worker."""
    now = time.monotonic()
    limits = [HEARTBEAT_S]
    if deadline is not None:
        limits.append(deadline - now)
    if cancelled_at:
        limits.append(cancelled_at[0] + CANCEL_GRACE_S - now)
    return max(min(limits), 0.01)


def _as_error(failed: Failed, role: str) -> AppError:
    try:
        code = ErrorCode(failed.code)
    except ValueError:
        return AppError(ErrorCode.WORKER_PROTOCOL, worker=role, detail=f"unknown error code {failed.code[:40]!r}")
    return AppError(code, **failed.facts)
