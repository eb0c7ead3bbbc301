"""Models: where they come from, what their files say, how they are asked."""

import hashlib
from dataclasses import dataclass, field
from typing import Literal

from app.domain.chat import PromptMessage
from app.domain.data_class import DEFAULT_CLASS, DataClass
from app.domain.routing import Place

KvType = Literal["f16", "q8_0"]  # how keys and values are kept
ModelRole = Literal["chat", "embed", "rerank", "route", "guard", "adapter"]


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """A model that can be fetched; one row of a catalogue."""

    id: str
    name: str
    role: ModelRole
    file: str  # the file's name in the model's folder; of an embedder that comes as an archive, its folder's
    size: int  # bytes, of the file as fetched; 0: as the source says
    sha256: str  # empty: as the source says at the first fetch, and kept from then on
    licence: str
    source: str  # "https://…", "file:PATH" or "index:PACKAGE==VERSION!MEMBER"
    context: int = 0
    default: bool = False
    hidden: bool = False  # for tests; left out of lists
    quantisation: str = ""
    recommended_for: str = ""
    redirects: tuple[str, ...] = ()  # hosts, besides its own, that an https source may send us on to


@dataclass(frozen=True, slots=True)
class InstalledModel:
    """A model on this machine, or one that is asked at the gateway."""

    id: str
    name: str
    role: ModelRole
    path: str
    size: int
    sha256: str
    licence: str
    shared: bool = False  # in the folder that all users of the machine read
    where: Place = "device"
    base: str = ""  # of an adapter: the model that it changes


@dataclass(frozen=True, slots=True)
class ModelHeader:
    """What a GGUF file says of itself, read without loading it; all of it untrusted."""

    architecture: str
    name: str
    parameters: int
    quantisation: str
    context: int
    layers: int
    has_chat_template: bool
    licence: str
    tensors: int
    file_size: int
    embedding: int = 0  # width of a token's vector
    vocabulary: int = 0  # tokens
    kv_width: int = 0  # values that one token adds to the KV state, keys and values of all layers; 0 if not said
    bytes_by_type: dict[str, int] = field(default_factory=dict)  # weights but the token table, by their quantisation
    adapter: str = ""  # "lora": no model, but a file that changes one of the architecture
    base: str = ""  # of an adapter: the model that it was made for, or else the architecture


@dataclass(frozen=True, slots=True)
class Sampling:
    """How the next token is chosen; temperature 0 is greedy."""

    temperature: float = 0.3
    top_k: int = 40
    top_p: float = 0.95
    min_p: float = 0.05
    repeat_penalty: float = 1.0
    seed: int = 0
    max_tokens: int = 1024


@dataclass(frozen=True, slots=True)
class LoraAdapter:
    """A file that changes a model, and how much; 0 is not at all."""

    path: str
    scale: float = 1.0


def conversation_of(app: str, name: str) -> str:
    """The name of an app's conversation; those of the person have no space in their names."""
    return f"{app} {name}"


def owner(conversation: str) -> str:
    """The app that a conversation belongs to, "" for the person."""
    return conversation.rpartition(" ")[0]


@dataclass(frozen=True, slots=True)
class GenerationRequest:
    """A prompt; `conversation` names the KV state to reuse, which is shared with others of the same owner only."""

    conversation: str
    messages: tuple[PromptMessage, ...]
    sampling: Sampling = Sampling()
    stop: tuple[str, ...] = ()
    logprobs: bool = False
    text: str | None = None  # a prompt without the chat template, instead of messages
    data_class: DataClass = DEFAULT_CLASS  # the highest of what is in it
    keep: bool = False  # the conversation's KV state may be kept on disk, to be there when it is opened again
    schema: str = ""  # a JSON Schema that the answer is held to; "" for none
    goes_on: bool = False  # the last message is the model's own, and what comes is appended to it
    thinks: bool = False  # whether a model that can reason first does so, at the cost of time
    adapters: tuple[LoraAdapter, ...] = ()  # another set than before lets go of all KV state


@dataclass(frozen=True, slots=True)
class ScoredContinuation:
    """How likely a model finds a continuation: natural logarithms, in all and token by token; 0 if it is empty."""

    logprob: float
    token_logprobs: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class LoadSettings:
    """How a model is loaded; the supervisor's ladder changes these."""

    context: int = 8192
    threads: int = 0  # 0: by the machine
    purpose: Literal["chat", "embed", "rank"] = "chat"
    kv_type: KvType = "f16"
    gpu_layers: int = -1  # -1: all that fit
    extra_buffers: bool = True  # repacked weights; off is the rung for machines that fault on AMX


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """What the worker says of the model it has loaded."""

    name: str
    context: int
    device: str
    can_chat: bool
    load_s: float


@dataclass(frozen=True, slots=True)
class KvStore:
    """Where the KV states of conversations are kept on disk, and how many bytes they may take in all."""

    folder: str
    limit: int

    @staticmethod
    def stem(conversation: str) -> str:
        """What the names of a conversation's files begin with, whichever model's they are."""
        return hashlib.sha256(conversation.encode()).hexdigest()[:32]
