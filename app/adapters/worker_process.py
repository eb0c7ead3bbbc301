"""A worker process and the conversation with it: start, handshake, heartbeat, requests, the stop ladder."""

import collections
import itertools
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
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
    "ANONYMIZED_TELEMETRY": "False",
    "PYTHONUTF8": "1",
}

M = TypeVar("M")
R = TypeVar("R", bound=msgspec.Struct)


def worker_command(role: str) -> list[str]:
    """The command line of a worker: the same interpreter, or the same frozen program."""
    if getattr(sys, "frozen", False):
        return [sys.executable, "worker", role]
    return [sys.executable, "-m", "app", "worker", role]


class WorkerProcess(Generic[M]):
    """One child process of a given role; started at the first request, started anew after a death.

    `replies` is the union of messages the worker may send. Thread-safe: requests from several threads are numbered, and
    the worker takes them in turn. What arrives is untrusted: a frame that does not fit the union ends the worker.
    """

    def __init__(self, role: str, replies: object, environment: dict[str, str] | None = None) -> None:
        self.role = role
        self._replies = replies
        self._environment = environment or {}
        self._numbers = itertools.count(1)
        self._lock = threading.RLock()
        self._process: subprocess.Popen[bytes] | None = None
        self._writer: FrameWriter | None = None
        self._waiting: dict[int, queue.SimpleQueue[M | AppError]] = {}
        self._stderr: collections.deque[str] = collections.deque(maxlen=_STDERR_TAIL)
        self._last_seen = 0.0
        self._hanged = False

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

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
        replies: queue.SimpleQueue[M | AppError] = queue.SimpleQueue()
        with self._lock:
            self._start()
            self._waiting[number] = replies
        cancelled_at: list[float] = []

        def send_cancel() -> None:
            cancelled_at.append(time.monotonic())
            self._send(CancelWork(request=number))

        finished = False
        try:
            self._send(message)
            if cancel is not None:
                cancel.subscribe(send_cancel)
            deadline = time.monotonic() + time_limit if time_limit else None
            while True:
                reply = self._next(replies, cancelled_at, deadline)
                if isinstance(reply, AppError):
                    finished = True
                    raise Cancelled if cancelled_at else reply
                if isinstance(reply, Stopped):
                    finished = True
                    raise Cancelled
                if isinstance(reply, Failed):
                    finished = True
                    raise _as_error(reply)
                finished = isinstance(reply, last)
                yield reply
                if finished:
                    return
        finally:
            if cancel is not None:
                cancel.unsubscribe(send_cancel)
            self._waiting.pop(number, None)
            if not finished and not cancelled_at:  # the caller walked away from the iterator
                self._send(CancelWork(request=number))

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
            process, self._process, self._writer = self._process, None, None
        if process is None:
            return
        if process.stdin is not None:
            try:
                process.stdin.close()  # a worker ends by itself when its input closes
            except OSError:
                process.kill()  # its pipe is broken: it is already dying
        for act in (None, process.terminate, process.kill):
            if act is not None:
                act()
            try:
                process.wait(TERMINATE_GRACE_S)
                return
            except subprocess.TimeoutExpired:
                continue

    # --- the process ---------------------------------------------------------------------------------------------

    def _start(self) -> None:
        if self.pid is not None:
            return
        environment = {name: os.environ[name] for name in _KEEP if name in os.environ}
        process = subprocess.Popen(
            worker_command(self.role),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment | _SET | self._environment,
            bufsize=0,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        assert process.stdin and process.stdout and process.stderr
        self._process, self._writer, self._hanged = process, FrameWriter(process.stdin), False
        self._stderr.clear()
        self._last_seen = time.monotonic()
        ready: queue.SimpleQueue[AppError | None] = queue.SimpleQueue()
        reader: FrameReader[M] = FrameReader(process.stdout, self._replies)
        threading.Thread(target=self._read_stderr, args=(process,), daemon=True).start()
        threading.Thread(target=self._read_frames, args=(process, reader, ready), daemon=True).start()
        try:
            refused = ready.get(timeout=HANDSHAKE_S)
        except queue.Empty:
            refused = AppError(ErrorCode.WORKER_SILENT, worker=self.role, seconds=HANDSHAKE_S)
        if refused is not None:
            process.kill()
            process.wait()
            raise refused

    def _read_frames(
        self, process: subprocess.Popen[bytes], reader: FrameReader[M], ready: "queue.SimpleQueue[AppError | None]"
    ) -> None:
        """The only reader of the worker's output; hands each reply to whoever waits for its request."""
        error: AppError | None = None
        greeted = False
        try:
            while (message := reader.read()) is not None:
                self._last_seen = time.monotonic()
                if isinstance(message, Ready):
                    if message.worker != self.role or message.version != app.__version__:
                        raise FrameError(Fault.VERSION, f"{message.worker} {message.version}")
                    greeted = True
                    ready.put(None)
                elif not isinstance(message, Pong):
                    waiting = self._waiting.get(getattr(message, "request", 0))
                    if waiting is not None:
                        waiting.put(message)
        except FrameError as fault:
            process.kill()
            error = AppError(ErrorCode.WORKER_PROTOCOL, worker=self.role, detail=str(fault))
        process.wait()
        if error is None:
            code = ErrorCode.WORKER_SILENT if self._hanged else ErrorCode.WORKER_DIED
            error = AppError(code, worker=self.role, exit=process.returncode, detail=self._last_words())
        if not greeted:
            ready.put(error)
        for waiting in list(self._waiting.values()):
            waiting.put(error)

    def _read_stderr(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stderr
        for line in process.stderr:
            self._stderr.append(line[:500].decode("utf-8", "replace").rstrip())

    def _last_words(self) -> str:
        return "\n".join(list(self._stderr)[-8:])[-1000:]

    # --- one request ---------------------------------------------------------------------------------------------

    def _send(self, message: msgspec.Struct) -> None:
        """Write a frame; a worker that is gone is noticed by the reader thread, which tells whoever waits."""
        writer = self._writer
        if writer is None:
            return
        try:
            writer.write(message)
        except (OSError, ValueError):
            return

    def _next(
        self,
        replies: "queue.SimpleQueue[M | AppError]",
        cancelled_at: list[float],
        deadline: float | None,
    ) -> M | AppError:
        while True:
            try:
                return replies.get(timeout=self._patience(cancelled_at, deadline))
            except queue.Empty:
                now = time.monotonic()
                too_long = deadline is not None and now >= deadline
                if too_long or (cancelled_at and now >= cancelled_at[0] + CANCEL_GRACE_S):
                    self._kill(hanged=too_long)
                elif now - self._last_seen > SILENCE_S:
                    self._kill(hanged=True)
                else:
                    self._send(Ping())

    def _patience(self, cancelled_at: list[float], deadline: float | None) -> float:
        now = time.monotonic()
        limits = [HEARTBEAT_S]
        if deadline is not None:
            limits.append(deadline - now)
        if cancelled_at:
            limits.append(cancelled_at[0] + CANCEL_GRACE_S - now)
        elif len(limits) == 1:
            return HEARTBEAT_S
        return max(min(limits), 0.01)

    def _kill(self, *, hanged: bool) -> None:
        process = self._process
        if process is None:
            return
        self._hanged = hanged
        process.terminate()
        try:
            process.wait(TERMINATE_GRACE_S)
        except subprocess.TimeoutExpired:
            process.kill()


def _as_error(failed: Failed) -> AppError:
    try:
        code = ErrorCode(failed.code)
    except ValueError:
        return AppError(ErrorCode.WORKER_PROTOCOL, worker="", detail=f"unknown error code {failed.code[:40]!r}")
    return AppError(code, **failed.facts)
