"""What clients get, in OpenAI's shapes; what only Donjon has to say stands under `donjon`."""

import base64
import itertools
import struct
import time
import uuid
from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from app.domain.chat import Citation, SentenceSupport, Timing
from app.domain.embeddings import Embeddings
from app.domain.events import GenerationEnded, RailVerdict, Recorded, Retrieved, Token
from app.domain.models import InstalledModel
from app.services.completions import Completed, CompletionEvent

Json = dict[str, object]


@dataclass(slots=True)
class Answer(ABC):
    """What one completion has brought so far, and how it is told; one class for each of OpenAI's two shapes."""

    model: str
    logprobs: bool
    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    created: int = field(default_factory=lambda: int(time.time()))
    tokens: list[Token] = field(default_factory=list)
    timing: Timing = field(default_factory=lambda: Timing(0.0, 0.0, 0, 0))
    finish_reason: Literal["stop", "length"] = "stop"
    completed: Completed = field(default_factory=lambda: Completed(""))
    retrieved: Retrieved | None = None
    ledger: list[int] = field(default_factory=list)
    rails: list[RailVerdict] = field(default_factory=list)

    def note(self, event: CompletionEvent) -> None:
        """Take in an event; tokens are only kept where they are asked for one by one."""
        match event:
            case Token() if self.logprobs:
                self.tokens.append(event)
            case GenerationEnded(reason=reason, timing=timing):
                self.finish_reason = "length" if reason == "length" else "stop"
                self.timing = timing
            case Completed():
                self.completed = event
            case Retrieved():
                self.retrieved = event
            case Recorded(seq=seq):
                self.ledger.append(seq)
            case RailVerdict():
                self.rails.append(event)
            case _:
                pass

    @abstractmethod
    def whole(self) -> Json:
        """All of it at once."""

    @abstractmethod
    def opening(self) -> Json | None:
        """The first chunk, before there is any text."""

    @abstractmethod
    def piece(self, token: Token) -> Json:
        """A chunk with text."""

    @abstractmethod
    def ending(self) -> Json:
        """The chunk that says why it ended."""

    @abstractmethod
    def cost(self) -> Json:
        """The last chunk, for who asked for it."""

    def extension(self) -> Json:
        """What only Donjon has to say: where it ran, what it rests on, what was noticed, where it is recorded."""
        said: Json = {
            "ran": "device",
            "ledger": self.ledger,
            "rails": [{"where": v.where, "kind": f.kind, "action": f.action} for v in self.rails for f in v.findings],
        }
        if self.retrieved is not None:
            checked = self.completed.checked
            said["answer"] = self.completed.text
            said["grounded"] = checked is not None and checked.grounded
            said["citations"] = [citation(item) for item in checked.citations] if checked else []
            said["support"] = [support(item) for item in checked.support] if checked else []
            said["withheld"] = checked.withheld if checked else 0
            said["passages_found"] = self.retrieved.found
            said["passages_used"] = len(self.retrieved.used)
            said["read_whole"] = self.retrieved.whole
            said["surveyed"] = self.retrieved.surveyed
            said["asks_for_all"] = self.retrieved.asks_for_all
        return said


class ChatAnswer(Answer):
    """The shape of chat completions."""

    def whole(self) -> Json:
        """See `Answer.whole`."""
        choice: Json = {
            "index": 0,
            "message": {"role": "assistant", "content": self.completed.text, "refusal": None},
            "logprobs": _chat_logprobs(self.tokens) if self.logprobs else None,
            "finish_reason": self.finish_reason,
        }
        head = self._head("chat.completion")
        return {**head, "choices": [choice], "usage": usage(self.timing), "donjon": self.extension()}

    def opening(self) -> Json:
        """See `Answer.opening`."""
        return self._chunk({"role": "assistant", "content": ""})

    def piece(self, token: Token) -> Json:
        """See `Answer.piece`."""
        return self._chunk({"content": token.text}, _chat_logprobs([token]) if self.logprobs else None)

    def ending(self) -> Json:
        """See `Answer.ending`."""
        return {**self._chunk({}, finish_reason=self.finish_reason), "donjon": self.extension()}

    def cost(self) -> Json:
        """See `Answer.cost`."""
        return {**self._head("chat.completion.chunk"), "choices": [], "usage": usage(self.timing)}

    def _chunk(self, delta: Json, logprobs: Json | None = None, finish_reason: str | None = None) -> Json:
        choice = {"index": 0, "delta": delta, "logprobs": logprobs, "finish_reason": finish_reason}
        return {**self._head("chat.completion.chunk"), "choices": [choice]}

    def _head(self, kind: str) -> Json:
        return {"id": f"chatcmpl-{self.id}", "object": kind, "created": self.created, "model": self.model}


class TextAnswer(Answer):
    """The shape of plain completions."""

    def whole(self) -> Json:
        """See `Answer.whole`."""
        logprobs = _text_logprobs(self.tokens) if self.logprobs else None
        whole = self._object(self.completed.text, logprobs, self.finish_reason)
        return {**whole, "usage": usage(self.timing), "donjon": self.extension()}

    def opening(self) -> None:
        """See `Answer.opening`; there is nothing to say yet."""

    def piece(self, token: Token) -> Json:
        """See `Answer.piece`."""
        return self._object(token.text, _text_logprobs([token]) if self.logprobs else None, None)

    def ending(self) -> Json:
        """See `Answer.ending`."""
        return {**self._object("", None, self.finish_reason), "donjon": self.extension()}

    def cost(self) -> Json:
        """See `Answer.cost`."""
        return {**self._head(), "choices": [], "usage": usage(self.timing)}

    def _object(self, text: str, logprobs: Json | None, finish_reason: str | None) -> Json:
        choice = {"index": 0, "text": text, "logprobs": logprobs, "finish_reason": finish_reason}
        return {**self._head(), "choices": [choice]}

    def _head(self) -> Json:
        return {"id": f"cmpl-{self.id}", "object": "text_completion", "created": self.created, "model": self.model}


def _chat_logprobs(tokens: Iterable[Token]) -> Json:
    content = [
        {"token": t.text, "logprob": t.logprob, "bytes": list(t.text.encode()), "top_logprobs": []}
        for t in tokens
        if t.logprob is not None
    ]
    return {"content": content, "refusal": None}


def _text_logprobs(tokens: Iterable[Token]) -> Json:
    known = [token for token in tokens if token.logprob is not None]
    offsets = [0, *itertools.accumulate(len(token.text) for token in known)]
    return {
        "tokens": [token.text for token in known],
        "token_logprobs": [token.logprob for token in known],
        "top_logprobs": [],
        "text_offset": offsets[: len(known)],
    }


def usage(timing: Timing) -> Json:
    """Tokens read and written."""
    return {
        "prompt_tokens": timing.prompt_tokens,
        "completion_tokens": timing.answer_tokens,
        "total_tokens": timing.prompt_tokens + timing.answer_tokens,
        "prompt_tokens_details": {"cached_tokens": timing.cached_tokens},
    }


def citation(item: Citation) -> Json:
    """A place in a document."""
    return {
        "n": item.n,
        "document": item.document,
        "page": item.page,
        "unit": item.unit,
        "label": item.label,
        "start": item.start,
        "end": item.end,
        "quote": item.quote,
    }


def support(item: SentenceSupport) -> Json:
    """What the passages say to a sentence; its span is one of `answer`."""
    return {
        "start": item.start,
        "end": item.end,
        "verdict": item.verdict,
        "passage": item.passage,
        "because": item.because,
    }


def embedding_list(model: str, embeddings: Embeddings, encoding: Literal["float", "base64"]) -> Json:
    """Vectors, as numbers or as base64 of their little-endian float32 bytes."""
    data = [
        {"object": "embedding", "index": index, "embedding": _vector(vector, encoding)}
        for index, vector in enumerate(embeddings.vectors)
    ]
    used = {"prompt_tokens": embeddings.tokens, "total_tokens": embeddings.tokens}
    return {"object": "list", "data": data, "model": model, "usage": used}


def _vector(vector: bytes, encoding: Literal["float", "base64"]) -> str | list[float]:
    if encoding == "base64":
        return base64.b64encode(vector).decode()
    return list(struct.unpack(f"<{len(vector) // 4}f", vector))


def model(installed: InstalledModel) -> Json:
    """A model that is here."""
    return {"id": installed.id, "object": "model", "created": 0, "owned_by": "local"}


def model_list(installed: Iterable[InstalledModel]) -> Json:
    """The models that are here."""
    return {"object": "list", "data": [model(one) for one in installed]}
