"""What clients send, read without trusting it: size, depth, types, and nothing ignored that changes the meaning."""

import asyncio
import re
import secrets
from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Final, Literal, TypeVar

import msgspec
from starlette.requests import ClientDisconnect, Request

from app.api.refusals import Refusal
from app.domain.chat import PromptMessage, Role
from app.domain.models import Sampling

MAX_BYTES: Final = 4 * 1024 * 1024
MAX_DEPTH: Final = 64
BODY_S: Final = 20.0  # the time a client has for sending its body
MAX_INPUTS: Final = 2048
MAX_DOCUMENTS: Final = 20  # read whole for one answer

_ROLES: Final[dict[str, Role]] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "assistant": "assistant",
}
# Parameters that would change the answer and that we cannot honour, with the values that change nothing.
_HARMLESS: Final[dict[str, Sequence[object]]] = {
    "n": (1,),
    "best_of": (1,),
    "echo": (False,),
    "suffix": ("",),
    "tools": ([],),
    "tool_choice": ("none", "auto"),
    "functions": ([],),
    "function_call": ("none", "auto"),
    "logit_bias": ({},),
    "presence_penalty": (0,),
    "frequency_penalty": (0,),
    "top_logprobs": (0,),
    "modalities": (["text"],),
    "audio": (),
    "web_search_options": (),
    "moderation": (),
    "dimensions": (),
}
_PLACE: Final = re.compile(r" - at `\$\.?(.*)`$")

S = TypeVar("S", bound=msgspec.Struct)
Stop = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Temperature = Annotated[float, msgspec.Meta(ge=0, le=2)]
Count = Annotated[int, msgspec.Meta(ge=1)]


class TextPart(msgspec.Struct, tag_field="type", tag="text"):
    """A part of a message; there are others, which need a model that sees or hears."""

    text: str


class ChatMessage(msgspec.Struct):
    """One message."""

    role: str
    content: str | list[TextPart] | None = None
    tool_calls: object = None


class StreamOptions(msgspec.Struct):
    """How to stream."""

    include_usage: bool | None = None


class Extension(msgspec.Struct, forbid_unknown_fields=True):
    """What only Donjon understands."""

    collection: Annotated[str, msgspec.Meta(min_length=1)] | None = None
    whole: Annotated[list[int], msgspec.Meta(min_length=1, max_length=MAX_DOCUMENTS)] | None = None  # by their ids
    all: bool | None = None

    def opens_library(self) -> bool:
        """Whether it asks for anything of the person's documents."""
        return self.collection is not None or self.whole is not None or bool(self.all)


class TextBody(msgspec.Struct):
    """What chat and plain completions have in common."""

    model: str
    stop: Stop | Annotated[list[Stop], msgspec.Meta(max_length=4)] | None = None
    seed: int | None = None
    temperature: Temperature | None = None
    top_p: Share | None = None
    max_tokens: Count | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None

    def stops(self) -> tuple[str, ...]:
        """The strings that end the answer."""
        return (self.stop,) if isinstance(self.stop, str) else tuple(self.stop or ())

    def wants_usage(self) -> bool:
        """Whether a stream is to end with what it cost."""
        return bool(self.stream_options and self.stream_options.include_usage)

    def sampling(self, usual: Sampling) -> Sampling:
        """The person's own settings where the request leaves them open; without a seed each answer is another."""
        return replace(
            usual,
            temperature=usual.temperature if self.temperature is None else self.temperature,
            top_p=usual.top_p if self.top_p is None else self.top_p,
            max_tokens=self.max_tokens or usual.max_tokens,
            seed=secrets.randbits(31) if self.seed is None else self.seed % 2**31,
        )


class NamedSchema(msgspec.Struct):
    """The shape that an answer is held to; always strictly."""

    schema: dict[str, object]


class PlainText(msgspec.Struct, tag_field="type", tag="text"):
    """Any text."""


class AnyObject(msgspec.Struct, tag_field="type", tag="json_object"):
    """Some JSON object or other."""


class JsonSchema(msgspec.Struct, tag_field="type", tag="json_schema"):
    """JSON that fits a schema."""

    json_schema: NamedSchema


class ChatBody(TextBody, kw_only=True):
    """`POST /v1/chat/completions`."""

    messages: Annotated[list[ChatMessage], msgspec.Meta(min_length=1)]
    max_completion_tokens: Count | None = None
    logprobs: bool | None = None
    response_format: PlainText | AnyObject | JsonSchema | None = None
    donjon: Extension | None = None

    def sampling(self, usual: Sampling) -> Sampling:
        """See `TextBody.sampling`; the limit has a newer name here."""
        chosen = super().sampling(usual)
        return replace(chosen, max_tokens=self.max_completion_tokens or chosen.max_tokens)

    def schema(self) -> str:
        """The JSON Schema of the answer, "" for any text."""
        match self.response_format:
            case JsonSchema(json_schema=named):
                return msgspec.json.encode(named.schema).decode()
            case AnyObject():
                return '{"type": "object"}'
        return ""

    def prompt(self) -> tuple[PromptMessage, ...]:
        """The messages as a model sees them. Raises Refusal for what is not text."""
        return tuple(_prompt_message(number, message) for number, message in enumerate(self.messages))


class PlainBody(TextBody, kw_only=True):
    """`POST /v1/completions`."""

    prompt: str | Annotated[list[str], msgspec.Meta(min_length=1, max_length=1)]
    logprobs: Annotated[int, msgspec.Meta(ge=0, le=0)] | None = None

    def text(self) -> str:
        """The text to go on from."""
        return self.prompt if isinstance(self.prompt, str) else self.prompt[0]


class EmbeddingBody(msgspec.Struct):
    """`POST /v1/embeddings`."""

    model: str
    input: str | Annotated[list[str], msgspec.Meta(min_length=1, max_length=MAX_INPUTS)]
    encoding_format: Literal["float", "base64"] = "float"

    def texts(self) -> list[str]:
        """The texts. Raises Refusal for an empty one."""
        texts = [self.input] if isinstance(self.input, str) else self.input
        if not all(texts):
            raise Refusal(400, "An input is empty.", "empty_input", "input")
        return texts


async def read(request: Request, kind: type[S]) -> S:
    """The body as `kind`. Raises Refusal."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise Refusal(415, "The body must be JSON: send Content-Type: application/json.", "wrong_content_type")
    try:
        body = await asyncio.wait_for(_bytes(request), BODY_S)
        given = msgspec.json.decode(body)
        if not isinstance(given, dict) or _is_deeper_than(MAX_DEPTH, given):
            raise Refusal(400, f"The body must be a JSON object, nested at most {MAX_DEPTH} deep.", "invalid_json")
        _refuse_what_is_missing_here(given)
        return msgspec.convert(given, kind)
    except TimeoutError:
        raise Refusal(408, "The body took too long to arrive.", "body_timeout") from None
    except ClientDisconnect:
        raise Refusal(400, "The body did not arrive.", "body_incomplete") from None
    except msgspec.ValidationError as error:
        raise _misfit(str(error)) from None
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        raise Refusal(400, "The body is not valid JSON.", "invalid_json") from None


async def _bytes(request: Request) -> bytes:
    too_large = Refusal(413, f"The body is larger than {MAX_BYTES // 2**20} MiB.", "body_too_large")
    if int(request.headers.get("content-length", "0")) > MAX_BYTES:
        raise too_large
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > MAX_BYTES:
            raise too_large
    return bytes(body)


def _is_deeper_than(limit: int, value: object) -> bool:
    level = [value]
    for _ in range(limit):
        level = [
            child
            for node in level
            if isinstance(node, dict | list)
            for child in (node.values() if isinstance(node, dict) else node)
        ]
        if not level:
            return False
    return True


def _refuse_what_is_missing_here(given: dict[str, object]) -> None:
    for name, harmless in _HARMLESS.items():
        value = given.get(name)
        if value is not None and value not in harmless:
            raise Refusal(400, f"“{name}” is not supported here; leave it out.", "unsupported_parameter", name)


def _misfit(reason: str) -> Refusal:
    place = _PLACE.search(reason)
    named = re.search(r"missing required field `(.*?)`", reason)
    param = named.group(1) if named and not place else place.group(1) if place else None
    return Refusal(400, f"The request does not fit: {reason}.", "invalid_value", param)


def _prompt_message(number: int, message: ChatMessage) -> PromptMessage:
    place = f"messages[{number}]"
    role = _ROLES.get(message.role)
    if role is None or message.tool_calls:
        raise Refusal(400, "Tools are not supported here: no tool calls or results.", "unsupported_value", place)
    content = message.content or ""
    if not isinstance(content, str):
        content = "\n".join(part.text for part in content)
    return PromptMessage(role, content)
