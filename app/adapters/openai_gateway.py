"""A model behind an OpenAI-compatible gateway: chat completions over HTTPS, streamed.

What the gateway sends is untrusted. Numbers of tokens are estimates until it says its own: only it has the tokenizer.
"""

import random
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final, Literal

import httpx2
import msgspec

from app.adapters.gateway_faults import Passing, broke_off, fault_of, no_stream, refusal
from app.adapters.gateway_stream import AnswerStream, Piece
from app.adapters.http_line import Line, line_until
from app.domain.audit import Connection
from app.domain.cancel import Cancel
from app.domain.chat import PromptMessage, Timing
from app.domain.circuit import Circuit
from app.domain.errors import AppError, Cancelled, ErrorCode
from app.domain.events import GenerationEnded, GenerationEvent, ModelLoading, PromptProgress, Token
from app.domain.models import GenerationRequest, LoadedModel, ScoredContinuation
from app.ports.network import NetworkLog

PURPOSE: Final = "answering"
BYTES_PER_TOKEN: Final = 3  # on the careful side: English has about 4, other scripts fewer
# Chat completions begin a new message: this is how a model is asked to go on with its last one.
GO_ON: Final = "Your last message broke off. Go on exactly where it ends: do not repeat it or remark on it."
MESSAGE_TOKENS: Final = 4  # what a chat template puts around a message, about
MAX_ERROR_BODY: Final = 64 << 10


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A model at a gateway."""

    url: str  # up to and with /v1
    model: str
    context: int


@dataclass(frozen=True, slots=True)
class Patience:
    """How long is waited, in seconds, and how often is tried before the first token."""

    first_token_s: float = 60.0
    between_tokens_s: float = 30.0
    waits_s: tuple[float, ...] = (0.5, 2.0)  # before trying again
    longest_wait_s: float = 20.0  # that a gateway may ask for


@dataclass(slots=True)
class _Answer:
    """What has come so far."""

    prompt_tokens: int
    started: float = field(default_factory=time.monotonic)
    first: float = 0.0
    pieces: int = 0
    reason: Literal["stop", "length"] | None = None
    cached_tokens: int = 0
    answer_tokens: int = 0

    def take(self, piece: Piece) -> None:
        """Note what a piece says beside its text."""
        if piece.text:
            self.first = self.first or time.monotonic()
            self.pieces += 1
        self.reason = piece.reason or self.reason
        if piece.usage is not None:
            self.prompt_tokens, self.cached_tokens, self.answer_tokens = piece.usage

    def timing(self) -> Timing:
        """How long it took, by the gateway's count of tokens where it gives one."""
        tokens = self.answer_tokens or self.pieces
        since_first = time.monotonic() - self.first if self.first else 0.0
        speed = (tokens - 1) / since_first if tokens > 1 and since_first else 0.0
        first = self.first - self.started if self.first else 0.0
        return Timing(first, speed, self.prompt_tokens, self.cached_tokens, tokens)


class OpenAiGateway:
    """Implements `ports.generator.Generator` over HTTP.

    Before the first token a passing failure is tried again; after it, what has come is kept and GATEWAY_BROKE_OFF is
    raised. `connect` makes the client, `key` tells the key to send, "" for none.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        connect: Callable[[], httpx2.Client],
        key: Callable[[], str],
        network: NetworkLog,
        circuit: Circuit,
        patience: Patience = Patience(),
    ) -> None:
        self._endpoint = endpoint
        self._connect = connect
        self._key = key
        self._network = network
        self._circuit = circuit
        self._patience = patience
        self._lock = threading.Lock()
        self._client: httpx2.Client | None = None
        self._running = 0

    @property
    def is_loaded(self) -> bool:
        """See `Generator.is_loaded`: nothing of it is on this machine."""
        return False

    @property
    def busy(self) -> bool:
        """See `Generator.busy`."""
        return self._running > 0

    def load(self) -> LoadedModel:
        """See `Generator.load`: nothing is loaded here, and nothing is asked yet."""
        return LoadedModel(self._endpoint.model, self._endpoint.context, "gateway", can_chat=True, load_s=0.0)

    def count_tokens(self, texts: list[str]) -> list[int]:
        """See `Generator.count_tokens`: an estimate by length."""
        return [-(-len(text.encode("utf-8", "replace")) // BYTES_PER_TOKEN) for text in texts]

    def count_prompt(self, messages: tuple[PromptMessage, ...]) -> int:
        """See `Generator.count_prompt`: an estimate by length."""
        return sum(self.count_tokens([m.content for m in messages])) + MESSAGE_TOKENS * len(messages)

    def prefill(self, request: GenerationRequest, cancel: Cancel) -> None:
        """See `Generator.prefill`: nothing leaves the machine before it is asked."""

    def score(
        self,
        messages: tuple[PromptMessage, ...],  # noqa: ARG002
        continuations: list[str],  # noqa: ARG002
        cancel: Cancel,  # noqa: ARG002
    ) -> list[ScoredContinuation]:
        """See `Generator.score`: chat completions do not tell it. Raises AppError GATEWAY_CANNOT."""
        raise AppError(ErrorCode.GATEWAY_CANNOT, model=self._endpoint.model, what="say how likely a text is")

    def forget(self, conversation: str) -> None:
        """See `Generator.forget`: nothing of a conversation is held here."""

    def generate(self, request: GenerationRequest, cancel: Cancel) -> Iterator[GenerationEvent]:
        """See `Generator.generate`. Raises AppError GATEWAY_* as well."""
        needed = self.count_prompt(request.messages)
        if needed + 1 > self._endpoint.context:
            raise AppError(ErrorCode.CONTEXT_OVERFLOW, needed=needed + 1, available=self._endpoint.context)
        answer = _Answer(needed)
        with self._lock:
            self._running += 1
        try:
            if self._client is None:
                yield ModelLoading(self._endpoint.model)
            yield PromptProgress(0, needed, 0)
            yield from self._with_retries(request, answer, cancel)
            yield GenerationEnded(answer.reason or "stop", answer.timing())
        except Cancelled:
            yield GenerationEnded("cancelled", answer.timing())
        finally:
            with self._lock:
                self._running -= 1

    def close(self) -> None:
        """See `Generator.close`: end the connections."""
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            client.close()

    def _with_retries(
        self, request: GenerationRequest, answer: _Answer, cancel: Cancel
    ) -> Iterator[PromptProgress | Token]:
        for wait_s in (*self._patience.waits_s, None):
            rest = self._circuit.rest(time.monotonic())
            if rest:
                raise AppError(ErrorCode.GATEWAY_PAUSED, host=self._host(), seconds=round(rest) or 1)
            try:
                yield from self._attempt(request, answer, cancel)
            except Passing as passing:
                self._circuit.failed(time.monotonic())
                asked = passing.wait_s or 0.0
                if answer.pieces:
                    raise broke_off(self._endpoint.model, passing.error) from passing
                if wait_s is None or asked > self._patience.longest_wait_s:
                    raise passing.error from passing
                _wait(max(asked, wait_s * random.uniform(0.5, 1.0)), cancel)  # noqa: S311  jitter, no secret
            else:
                self._circuit.succeeded()
                return

    def _attempt(self, request: GenerationRequest, answer: _Answer, cancel: Cancel) -> Iterator[PromptProgress | Token]:
        """One request, on the ledger before it is sent and after it ended. Raises Passing where trying again helps."""
        cancel.check()
        key, body = self._key(), _body(self._endpoint.model, request)
        client = self._ready()
        opened = self._network.network_opened(Connection(self._host(), PURPOSE, request.data_class, len(body)))
        stream = AnswerStream(request.sampling.max_tokens)
        outcome = "abandoned"
        try:
            with line_until(cancel) as line:
                line.expect_within(self._patience.first_token_s)
                try:
                    yield from self._receive(client, body, key, stream, answer, line)
                except httpx2.HTTPError as error:
                    cancel.check()
                    raise fault_of(error, self._host(), silent=line.silent) from error
                cancel.check()
                if stream.unfinished:
                    raise fault_of(None, self._host(), silent=line.silent)
            outcome = "done"
        except Cancelled:
            outcome = "cancelled"
            raise
        except Passing as passing:
            outcome = passing.error.code.value
            raise
        except AppError as error:
            outcome = error.code.value
            self._circuit.succeeded()  # it is there, and says no
            if answer.pieces:
                raise broke_off(self._endpoint.model, error) from error
            raise
        finally:
            self._network.network_closed(opened, outcome, stream.received)

    def _receive(
        self, client: httpx2.Client, body: bytes, key: str, stream: AnswerStream, answer: _Answer, line: Line
    ) -> Iterator[PromptProgress | Token]:
        headers = {"Content-Type": "application/json", "Accept": "text/event-stream", "Accept-Encoding": "identity"}
        if key:
            headers["Authorization"] = f"Bearer {key}"
        url = f"{self._endpoint.url.rstrip('/')}/chat/completions"
        request = client.build_request("POST", url, content=body, headers=headers, extensions={"trace": line.trace})
        response = client.send(request, stream=True)
        try:
            if response.status_code != httpx2.codes.OK:
                text = _error_text(response)
                raise refusal(response.status_code, response.headers, text, self._host(), self._endpoint.model)
            if response.headers.get("content-type", "").partition(";")[0].strip().lower() != "text/event-stream":
                raise no_stream(self._host(), "it sent something else than a stream of events")
            for block in response.iter_raw():
                for piece in stream.feed(block, self._host()):
                    if piece.text and not answer.pieces:
                        yield PromptProgress(answer.prompt_tokens, answer.prompt_tokens, 0)
                    answer.take(piece)
                    if piece.text:
                        line.expect_within(self._patience.between_tokens_s)
                        yield Token(piece.text, piece.logprob)
                if stream.done:
                    return
        finally:
            response.close()

    def _ready(self) -> httpx2.Client:
        with self._lock:
            if self._client is None:
                try:
                    self._client = self._connect()
                except (OSError, ValueError) as error:
                    raise AppError(ErrorCode.GATEWAY_MISCONFIGURED, reason=str(error)) from error
            return self._client

    def _host(self) -> str:
        return httpx2.URL(self._endpoint.url).netloc.decode("ascii")


def _body(model: str, request: GenerationRequest) -> bytes:
    sampling = request.sampling
    messages = (*request.messages, PromptMessage("user", GO_ON)) if request.goes_on else request.messages
    body: dict[str, object] = {
        "model": model,
        "messages": [{"role": m.role, "content": m.content} for m in messages],
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "max_tokens": sampling.max_tokens,
        "seed": sampling.seed,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    if request.stop:
        body["stop"] = list(request.stop)
    if request.logprobs:
        body["logprobs"] = True
    if request.schema:
        shape = {"name": "answer", "strict": True, "schema": msgspec.Raw(request.schema.encode())}
        body["response_format"] = {"type": "json_schema", "json_schema": shape}
    return msgspec.json.encode(body)


def _error_text(response: httpx2.Response) -> str:
    """The beginning of what a gateway says of its refusal."""
    text = bytearray()
    for block in response.iter_raw():
        text += block
        if len(text) > MAX_ERROR_BODY:
            break
    return text[:MAX_ERROR_BODY].decode("utf-8", "replace")


def _wait(seconds: float, cancel: Cancel) -> None:
    stopped = threading.Event()
    cancel.subscribe(stopped.set)
    stopped.wait(seconds)
    cancel.unsubscribe(stopped.set)
    cancel.check()
