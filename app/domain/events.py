"""What services yield while they work: frozen, past tense or noun, never translated."""

from dataclasses import dataclass
from typing import Literal

from app.domain.chat import Citation, SentenceSupport, Timing
from app.domain.errors import AppError
from app.domain.folders import WatchedFolder
from app.domain.guard import Finding
from app.domain.library import Document, EmbeddingStage, Passage, Problem
from app.domain.routing import Place


@dataclass(frozen=True, slots=True)
class ConversationStarted:
    """The conversation and the two messages this turn is written to."""

    conversation_id: str
    question_id: str
    answer_id: str


@dataclass(frozen=True, slots=True)
class Retrieved:
    """Search is done; `used` of `found` passages are in the prompt."""

    found: int
    used: tuple[Passage, ...]
    documents: int = 0  # that were searched
    whole: bool = False  # they were read from start to end
    surveyed: int = 0  # passages that were gone through one by one
    asks_for_all: bool = False  # it is answered rightly only by what has seen all, and only the best passages are read
    left_out: AppError | None = None  # why the team's library was not searched, where it should have been


@dataclass(frozen=True, slots=True)
class PassageRead:
    """Of the passages that are gone through one by one so many are read, and so much was found in them."""

    done: int
    total: int
    found: int
    left_s: float  # the rest will take, by what it took until now


@dataclass(frozen=True, slots=True)
class RailVerdict:
    """A rail found something in the question, a passage or the answer."""

    where: Literal["question", "passage", "answer"]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class ModelLoading:
    """The model is being read into memory."""

    model: str


@dataclass(frozen=True, slots=True)
class Routed:
    """It is settled which model does the work, where, and why; said again if that changes."""

    model: str
    where: Place
    because: str


@dataclass(frozen=True, slots=True)
class PromptProgress:
    """Prompt tokens read so far, those reused from the cache included."""

    done: int
    total: int
    cached: int


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the answer; pieces joined are the answer."""

    text: str
    logprob: float | None = None


@dataclass(frozen=True, slots=True)
class Thought:
    """A piece of what a reasoning model writes for itself before it answers; no part of the answer."""

    text: str


@dataclass(frozen=True, slots=True)
class GenerationEnded:
    """The model stopped, why, and what it cost."""

    reason: Literal["stop", "length", "cancelled"]
    timing: Timing


@dataclass(frozen=True, slots=True)
class Recorded:
    """The ledger holds entry `seq` for this."""

    seq: int


@dataclass(frozen=True, slots=True)
class Cited:
    """The answer's citations, resolved, and its sentences, held against its passages."""

    citations: tuple[Citation, ...]
    support: tuple[SentenceSupport, ...] = ()


@dataclass(frozen=True, slots=True)
class Finished:
    """The answer is complete and kept."""

    answer_id: str
    text: str
    model: str
    grounded: bool | None
    stopped: bool
    timing: Timing
    ledger_entries: tuple[int, ...]  # written before and after
    ran: Place = "device"
    because: str = ""  # why there
    withheld: int = 0  # sentences that were taken out, since the passages do not say them


AnswerEvent = (
    ConversationStarted
    | Routed
    | Retrieved
    | PassageRead
    | RailVerdict
    | ModelLoading
    | PromptProgress
    | Token
    | Thought
    | Cited
    | Finished
)
GenerationEvent = ModelLoading | PromptProgress | Token | Thought | GenerationEnded


@dataclass(frozen=True, slots=True)
class AddStarted:
    """The files to look at are known."""

    files: int


@dataclass(frozen=True, slots=True)
class FileAdded:
    """A document is in the library; `replaced` if it was there in another version."""

    document: Document
    replaced: bool
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class FileUnchanged:
    """The library already holds this very content at this path."""

    path: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class FileFailed:
    """A file could not be indexed; the rest goes on."""

    problem: Problem
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class FileProgress:
    """A file is being read, by parts."""

    path: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class EmbeddingProgress:
    """The files are found by their words; the rest is on its way, by steps of preparation or by passages."""

    stage: EmbeddingStage
    done: int
    total: int


AddEvent = AddStarted | FileAdded | FileUnchanged | FileFailed | FileProgress | EmbeddingProgress


@dataclass(frozen=True, slots=True)
class FileMoved:
    """A file of a watched folder lies elsewhere now; its document is the same."""

    before: str
    path: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class FileGone:
    """A file of a watched folder was deleted, and its document forgotten."""

    path: str


@dataclass(frozen=True, slots=True)
class FolderSynced:
    """The library is in step with a folder, or the folder's `problem` says why not."""

    folder: WatchedFolder
    files: int
    placeholders: int  # files that are not on this machine, left out


@dataclass(frozen=True, slots=True)
class FoldersWaiting:
    """The system does not tell of changes; folders are looked at now and then only."""

    error: AppError


FolderEvent = AddEvent | FileMoved | FileGone | FolderSynced


@dataclass(frozen=True, slots=True)
class DownloadProgress:
    """Bytes of a model that are here so far, how fast they come, and how long the rest will take."""

    model: str
    done: int
    total: int
    bytes_per_s: float = 0.0
    left_s: float | None = None  # None: not known yet


@dataclass(frozen=True, slots=True)
class BundleWritten:
    """A bundle of models is complete, signed with the private half of `key`."""

    path: str
    key: str
    models: tuple[str, ...]
