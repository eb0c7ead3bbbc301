"""The answer of a gateway as it streams in: bounded, checked, and piece by piece."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

import msgspec

from app.adapters.gateway_faults import no_stream, plain, unwell
from app.adapters.server_sent_events import EventParser, EventTooLarge

CHARACTERS_PER_TOKEN: Final = 64  # more than any tokenizer makes of one, on the average of an answer
BYTES_PER_CHARACTER: Final = 64  # JSON around each piece included
SLACK: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Piece:
    """One event: some text, the reason of the end, or what it cost (prompt, cached and answer tokens)."""

    text: str = ""
    logprob: float | None = None
    reason: Literal["stop", "length"] | None = None
    usage: tuple[int, int, int] | None = None


class _Delta(msgspec.Struct):
    content: str | None = None


class _Logprob(msgspec.Struct):
    logprob: float


class _Logprobs(msgspec.Struct):
    content: list[_Logprob] | None = None


class _Choice(msgspec.Struct):
    delta: _Delta | None = None
    finish_reason: str | None = None
    logprobs: _Logprobs | None = None


class _PromptDetails(msgspec.Struct):
    cached_tokens: int | None = None


class _Usage(msgspec.Struct):
    prompt_tokens: int = 0
    completion_tokens: int = 0
    prompt_tokens_details: _PromptDetails | None = None


class _Chunk(msgspec.Struct):
    choices: list[_Choice] = []
    usage: _Usage | None = None
    error: msgspec.Raw = msgspec.Raw()


class AnswerStream:
    """Bytes in, pieces out. `done` after the last event, `unfinished` until the model has said why it ended."""

    def __init__(self, max_tokens: int) -> None:
        self._parser = EventParser()
        self._decode = msgspec.json.Decoder(_Chunk).decode
        self._most = max_tokens * CHARACTERS_PER_TOKEN
        self._written = 0
        self.received = 0
        self.done = False
        self.unfinished = True

    def feed(self, block: bytes, host: str) -> Iterator[Piece]:
        """The pieces that this block completes. Raises AppError GATEWAY_PROTOCOL, Passing GATEWAY_FAILED."""
        self.received += len(block)
        if self.received > self._most * BYTES_PER_CHARACTER + SLACK:
            raise no_stream(host, "its answer does not end")
        try:
            events = self._parser.feed(block)
        except EventTooLarge as error:
            raise no_stream(host, str(error)) from error
        for event in events:
            if event == "[DONE]":
                self.done = True
                return
            piece = self._piece(event, host)
            self._written += len(piece.text)
            if self._written > self._most:
                raise no_stream(host, "its answer is longer than what was asked for")
            yield piece

    def _piece(self, event: str, host: str) -> Piece:
        try:
            chunk = self._decode(event)
        except (msgspec.DecodeError, RecursionError) as error:
            raise no_stream(host, "an event is not what the protocol says") from error
        if chunk.error and bytes(chunk.error) != b"null":
            raise unwell(host, plain(bytes(chunk.error).decode("utf-8", "replace")))
        usage = None
        if chunk.usage is not None:
            details = chunk.usage.prompt_tokens_details
            cached = (details.cached_tokens or 0) if details else 0
            usage = (chunk.usage.prompt_tokens, cached, chunk.usage.completion_tokens)
        if not chunk.choices:
            return Piece(usage=usage)
        choice = chunk.choices[0]
        logprobs = choice.logprobs.content if choice.logprobs else None
        reason: Literal["stop", "length"] | None = None
        if choice.finish_reason:
            self.unfinished = False
            reason = "length" if choice.finish_reason == "length" else "stop"
        text = (choice.delta.content or "") if choice.delta else ""
        return Piece(text, logprobs[0].logprob if logprobs else None, reason, usage)
