"""Chat templates from model files: small hostile programs, rendered in a cage.

A template comes with a downloaded file, so it runs sandboxed, with few filters, and with limits on time and memory.
The contents of messages never pass through it: it sees placeholders. So nothing a person or a document wrote can
steer it, and text such as "<|im_end|>" in a message stays text, as only the template's own words are read for control
tokens.
"""

import json
import re
import secrets
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from types import FrameType
from typing import Any, NoReturn

import psutil
from jinja2 import Template, TemplateError
from jinja2.exceptions import SecurityError
from jinja2.ext import loopcontrols
from jinja2.sandbox import ImmutableSandboxedEnvironment

from app.domain.chat import PromptMessage
from app.domain.errors import AppError, ErrorCode

MAX_SOURCE = 64 * 1024  # characters
MAX_OUTPUT = 1024 * 1024  # characters, contents not counted
TIME_LIMIT_S = 1.0
MEMORY_LIMIT = 256 * 1024 * 1024
MAX_REPEAT = 64 * 1024
MAX_NUMBER = 1 << 62

_FILTERS = (
    "capitalize default d dictsort first int items join last length count list lower map reject rejectattr replace "
    "reverse round safe select selectattr sort string sum title trim unique upper"
).split()
_GLOBALS = ("range", "dict", "namespace", "cycler", "joiner")
_METHODS_REFUSED = frozenset({"format", "format_map", "ljust", "rjust", "center", "zfill", "expandtabs", "translate"})
_EDGE = "\x1f"  # str.strip takes it away, and no template writes it: shows whether a template strips contents


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of the prompt: the template's own words, or a message's content."""

    text: str
    is_content: bool


class _LimitReached(Exception):
    """The template used more time or memory than it may."""


class _TemplateRefused(Exception):
    """The template itself called `raise_exception`."""


class _Environment(ImmutableSandboxedEnvironment):
    """The sandbox, without operations that make much out of little."""

    intercepted_binops = frozenset({"*", "**", "%", "+"})

    def is_safe_attribute(self, obj: object, attr: str, value: object) -> bool:
        return attr not in _METHODS_REFUSED and super().is_safe_attribute(obj, attr, value)

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        numbers = isinstance(left, int | float) and isinstance(right, int | float)
        if operator == "**" or (operator == "%" and not numbers):
            raise SecurityError(f"{operator} is not allowed")
        if operator == "*" and not numbers:
            sequence, times = (right, left) if isinstance(left, int) else (left, right)
            if not isinstance(times, int) or len(sequence) * times > MAX_REPEAT:
                raise SecurityError("the product is too large")
        result = super().call_binop(context, operator, left, right)
        if numbers and abs(result) > MAX_NUMBER:
            raise SecurityError("the number is too large")
        return result


class ChatTemplate:
    """One model's template, compiled."""

    def __init__(self, source: str, model: str, bos: str, eos: str) -> None:
        """Raises AppError MODEL_TEMPLATE_FAILED."""
        self._model = model
        self._variables = {"bos_token": bos, "eos_token": eos, "add_generation_prompt": True}
        if len(source) > MAX_SOURCE:
            raise self._failed(f"it is larger than {MAX_SOURCE // 1024} KiB")
        environment = _environment()
        self._template: Template = self._guarded(lambda: environment.from_string(source))

    def render(self, messages: Sequence[PromptMessage], *, thinks: bool = False) -> list[Segment]:
        """The prompt, ready for the model's answer; `thinks` lets one that can reason first do so.

        Raises AppError MODEL_TEMPLATE_FAILED.
        """
        try:
            return self._render(messages, thinks)
        except _TemplateRefused as refusal:
            folded = _without_system(messages)
            if folded is None:
                raise self._failed(str(refusal)) from refusal
        try:
            return self._render(folded, thinks)
        except _TemplateRefused as refusal:
            raise self._failed(str(refusal)) from refusal

    def _render(self, messages: Sequence[PromptMessage], thinks: bool) -> list[Segment]:
        nonce = "".join(secrets.choice("0123456789") for _ in range(24))
        shown = [
            {"role": m.role, "content": f"{_EDGE}{nonce}-{n}-{_EDGE}" if m.content else ""}
            for n, m in enumerate(messages)
        ]
        variables = {**self._variables, "messages": shown, "enable_thinking": thinks}
        text: str = self._guarded(lambda: _joined(self._template.generate(**variables)))
        segments: list[Segment] = []
        end = 0
        for match in re.finditer(f"({_EDGE}?){nonce}-([0-9]+)-({_EDGE}?)", text):
            segments.append(Segment(text[end : match.start()], is_content=False))
            content = messages[int(match[2])].content
            content = content if match[1] else content.lstrip()
            segments.append(Segment(content if match[3] else content.rstrip(), is_content=True))
            end = match.end()
        segments.append(Segment(text[end:], is_content=False))
        self._check_contents(messages, segments)
        return [segment for segment in segments if segment.text]

    def _check_contents(self, messages: Sequence[PromptMessage], segments: list[Segment]) -> None:
        """Nothing is dropped silently: each message must be in the prompt."""
        if sum(segment.is_content for segment in segments) < sum(bool(m.content) for m in messages):
            raise self._failed("it leaves messages out")

    def _guarded(self, work: Callable[[], Any]) -> Any:
        try:
            with _limits():
                return work()
        except _TemplateRefused:
            raise
        except (TemplateError, _LimitReached) as error:
            raise self._failed(str(error)) from error
        except MemoryError as error:
            raise self._failed("it needs too much memory") from error
        except Exception as error:  # a template can raise anything that Python can
            raise self._failed(f"{type(error).__name__}: {error}") from error

    def _failed(self, reason: str) -> AppError:
        return AppError(ErrorCode.MODEL_TEMPLATE_FAILED, model=self._model, reason=reason[:200])


def _environment() -> _Environment:
    environment = _Environment(trim_blocks=True, lstrip_blocks=True, extensions=[loopcontrols], cache_size=0)
    environment.filters = {name: environment.filters[name] for name in _FILTERS}
    environment.filters["tojson"] = lambda value, **_: json.dumps(value, ensure_ascii=False)
    environment.globals = {name: environment.globals[name] for name in _GLOBALS}
    environment.globals["raise_exception"] = _raise_exception
    environment.globals["strftime_now"] = lambda pattern: datetime.now().strftime(str(pattern)[:64])
    return environment


def _raise_exception(message: object) -> NoReturn:
    raise _TemplateRefused(str(message))


def _without_system(messages: Sequence[PromptMessage]) -> list[PromptMessage] | None:
    """The system message put before the first question, for templates that know no system role."""
    if len(messages) < 2 or messages[0].role != "system" or messages[1].role != "user":
        return None
    first = PromptMessage("user", f"{messages[0].content}\n\n{messages[1].content}")
    return [first, *messages[2:]]


def _joined(pieces: Iterator[str]) -> str:
    parts: list[str] = []
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > MAX_OUTPUT:
            raise _LimitReached("its output is too long")
        parts.append(piece)
    return "".join(parts)


@contextmanager
def _limits() -> Iterator[None]:
    """Limits on what runs inside: time by counting on every line, which works on each system; memory by both ways."""
    process = psutil.Process()
    deadline = time.monotonic() + TIME_LIMIT_S
    ceiling = process.memory_info().rss + MEMORY_LIMIT
    looked = time.monotonic()

    def trace(_frame: FrameType, _event: str, _argument: object) -> Any:
        nonlocal looked
        now = time.monotonic()
        if now > deadline:
            raise _LimitReached(f"it takes longer than {TIME_LIMIT_S:.0f} s")
        if now - looked > 0.01:
            looked = now
            if process.memory_info().rss > ceiling:
                raise _LimitReached("it needs too much memory")
        return trace

    before = sys.gettrace()
    with _address_space(process):
        sys.settrace(trace)
        try:
            yield
        finally:
            sys.settrace(before)


@contextmanager
def _address_space(process: psutil.Process) -> Iterator[None]:
    """Where the system can do it, allocations beyond the limit fail: one operation may want it all at once."""
    if sys.platform == "win32":
        yield
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    wanted = process.memory_info().vms + MEMORY_LIMIT
    if soft != resource.RLIM_INFINITY:
        wanted = min(wanted, soft)
    resource.setrlimit(resource.RLIMIT_AS, (wanted, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
