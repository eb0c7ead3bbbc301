"""Every message between the app and a worker, typed; one union for each direction of each worker."""

from typing import Literal

import msgspec

from app.domain.chat import PromptMessage, Timing
from app.domain.chunking import MAX_WORDS
from app.domain.embeddings import Embeddings
from app.domain.erasure import ErasureReceipt
from app.domain.fit import Device
from app.domain.library import Document, EmbeddingStage, LibraryReport, ParsedDocument, Passage, Source
from app.domain.models import (
    GenerationRequest,
    KvStore,
    LoadedModel,
    LoadSettings,
    ModelHeader,
    ScoredContinuation,
)
from app.domain.query import Query
from app.domain.ranking import BLEND, Fusion
from app.domain.viewing import PageImage


class Wire(msgspec.Struct, tag=True, forbid_unknown_fields=True):
    """The base of all messages; the class name is the tag."""


# --- any worker -------------------------------------------------------------------------------------------------


class Ready(Wire):
    """worker → app, first of all: alive, and this is the version I speak."""

    worker: str
    pid: int
    version: str


class Ping(Wire):
    """app → worker: are you there?"""


class Pong(Wire):
    """worker → app: yes."""


class CancelWork(Wire):
    """app → worker: stop the request with this number."""

    request: int


class Failed(Wire):
    """worker → app: a request ended with an error code and its plain facts."""

    request: int
    code: str
    facts: dict[str, str | int | float] = {}


class Stopped(Wire):
    """worker → app: a request ended because it was cancelled."""

    request: int


# --- generate ----------------------------------------------------------------------------------------------------


class Load(Wire):
    """app → worker: load this model; answered by Loaded or Failed."""

    request: int
    path: str
    settings: LoadSettings
    sha256: str = ""  # the file's, which kept KV states belong to
    store: KvStore | None = None  # None: no state goes to disk


class Loaded(Wire):
    """worker → app: the model is ready."""

    request: int
    model: LoadedModel


class CountTokens(Wire):
    """app → worker: how many tokens is each text? Answered by Counted."""

    request: int
    texts: list[str]


class CountPrompt(Wire):
    """app → worker: how many tokens is this prompt, rendered? Answered by Counted with one number."""

    request: int
    messages: tuple[PromptMessage, ...]


class Counted(Wire):
    """worker → app: token counts, in order."""

    request: int
    counts: list[int]


class Generate(Wire):
    """app → worker: answer; a stream of Prefilled and Generated, ended by Ended or Failed."""

    request: int
    generation: GenerationRequest
    threads: int = 0  # to compute with from here on; 0: as many as before


class Score(Wire):
    """app → worker: how likely is each continuation of this prompt? Answered by Scored."""

    request: int
    messages: tuple[PromptMessage, ...]
    continuations: list[str]


class Scored(Wire):
    """worker → app: scores, in order."""

    request: int
    scores: list[ScoredContinuation]


class Embed(Wire):
    """app → worker: a vector of each text; answered by ModelVectors. The model was loaded to embed."""

    request: int
    texts: list[str]


class ModelVectors(Wire):
    """worker → app: vectors of length 1, in order."""

    request: int
    vectors: list[list[float]]


class RankPassages(Wire):
    """app → worker: how well does each passage answer the query? Answered by Ranked. The model was loaded to rank."""

    request: int
    query: str
    passages: list[str]


class Ranked(Wire):
    """worker → app: scores, in order; higher is better."""

    request: int
    scores: list[float]


class Prefill(Wire):
    """app → worker: read a prompt whose last message may yet grow; answered by one Prefilled, or Stopped or Failed.

    Stopped, too, when a request comes that somebody waits for.
    """

    request: int
    conversation: str
    messages: tuple[PromptMessage, ...]
    threads: int = 0  # to compute with from here on; 0: as many as before


class Forget(Wire):
    """app → worker: hold nothing of this conversation any more; answered by Forgotten."""

    request: int
    conversation: str


class Forgotten(Wire):
    """worker → app: it is gone."""

    request: int


class Prefilled(Wire):
    """worker → app: prompt tokens read so far."""

    request: int
    done: int
    total: int
    cached: int


class Generated(Wire):
    """worker → app: a piece of the answer."""

    request: int
    text: str
    logprob: float | None = None


class Ended(Wire):
    """worker → app: the answer is over; a cancelled one ends so, too."""

    request: int
    reason: Literal["stop", "length", "cancelled"]
    timing: Timing


ToGenerate = (
    Ping | CancelWork | Load | CountTokens | CountPrompt | Generate | Prefill | Forget | Score | Embed | RankPassages
)
FromGenerate = (
    Ready
    | Pong
    | Failed
    | Stopped
    | Loaded
    | Counted
    | Prefilled
    | Generated
    | Ended
    | Forgotten
    | Scored
    | ModelVectors
    | Ranked
)


# --- library -----------------------------------------------------------------------------------------------------


class OpenLibrary(Wire):
    """app → worker: open the library in this folder; answered by LibraryState or Failed."""

    request: int
    folder: str
    embedder: str  # the embedder's folder; "" for none
    runtime: str  # that the embedder is to run on
    chunk_words: int = MAX_WORDS  # a chunk's, at most; documents cut otherwise are cut anew in the background
    saves_power: bool = False  # on battery nothing is embedded that nobody waits for


class FindDocument(Wire):
    """app → worker: which document was added from this path? Answered by Documents with none or one."""

    request: int
    path: str
    collection: str


class AddDocument(Wire):
    """app → worker: keep this; its chunks wait for their vectors. Answered by Documents with one, Stopped or Failed."""

    request: int
    source: Source
    parsed: ParsedDocument


class AwaitVectors(Wire):
    """app → worker: tell when no chunk waits; a stream of Embedded, ended by LibraryState, Stopped or Failed."""

    request: int


class Embedded(Wire):
    """worker → app: how far the embedder is with getting ready, or with the chunks that waited."""

    request: int
    stage: EmbeddingStage
    done: int
    total: int


class SearchLibrary(Wire):
    """app → worker: the best passages; answered by Found."""

    request: int
    query: Query
    limit: int
    fusion: Fusion = BLEND


class Found(Wire):
    """worker → app: passages, best first."""

    request: int
    passages: list[Passage]


class ListDocuments(Wire):
    """app → worker: all documents; answered by Documents."""

    request: int
    collection: str | None


class FindSimilar(Wire):
    """app → worker: documents of a collection, or of all, that share much of their text; answered by SimilarPairs."""

    request: int
    collection: str | None
    least: float  # of their runs of words, from 0 to 1


class SimilarPairs(Wire):
    """worker → app: pairs of document ids, and how much they share."""

    request: int
    pairs: list[tuple[int, int, float]]


class CheckErased(Wire):
    """app → worker: is what was forgotten gone from every file of this home? Answered by Erased."""

    request: int
    home: str


class Erased(Wire):
    """worker → app: what was looked for, where, and what was found."""

    request: int
    receipt: ErasureReceipt


class MoveDocument(Wire):
    """app → worker: a document's file lies elsewhere now; answered by Documents with the one."""

    request: int
    document_id: int
    path: str
    name: str


class RemoveDocument(Wire):
    """app → worker: forget it; answered by Documents with the one that was removed."""

    request: int
    document_id: int


class Documents(Wire):
    """worker → app: documents."""

    request: int
    documents: list[Document]


class ReadText(Wire):
    """app → worker: a document's full text; answered by FullText."""

    request: int
    document_id: int


class FullText(Wire):
    """worker → app: the text."""

    request: int
    text: str


class ReadParsed(Wire):
    """app → worker: a document as its parser gave it; answered by Kept."""

    request: int
    document_id: int


class Kept(Wire):
    """worker → app: a document as it was added."""

    request: int
    source: Source
    parsed: ParsedDocument


class ReadWhole(Wire):
    """app → worker: a whole document as passages, in reading order; answered by Found."""

    request: int
    document_id: int


class EmbedTexts(Wire):
    """app → worker: these texts as vectors; answered by Vectors, Stopped or Failed."""

    request: int
    texts: list[str]


class Vectors(Wire):
    """worker → app: a vector per text."""

    request: int
    embeddings: Embeddings


class CheckLibrary(Wire):
    """app → worker: compare index and database, and rebuild the index if asked; answered by LibraryState."""

    request: int
    rebuild: bool


class LibraryState(Wire):
    """worker → app: how the library is."""

    request: int
    report: LibraryReport


ToLibrary = (
    Ping
    | CancelWork
    | OpenLibrary
    | FindDocument
    | AddDocument
    | AwaitVectors
    | SearchLibrary
    | ListDocuments
    | CheckErased
    | FindSimilar
    | MoveDocument
    | RemoveDocument
    | ReadText
    | ReadParsed
    | ReadWhole
    | EmbedTexts
    | CheckLibrary
)
FromLibrary = (
    Ready
    | Pong
    | Failed
    | Stopped
    | Embedded
    | Found
    | Documents
    | FullText
    | Kept
    | Vectors
    | LibraryState
    | SimilarPairs
    | Erased
)


# --- parse -------------------------------------------------------------------------------------------------------


class ParseFile(Wire):
    """app → worker: read this file; a stream of PageRead, ended by Parsed or Failed."""

    request: int
    path: str
    ocr: bool = False  # read pages that are pictures of text, if the worker can


class ReadPicture(Wire):
    """app → worker: read the text in this picture, whose file's bytes these are; answered by Parsed or Failed."""

    request: int
    picture: bytes


class PageRead(Wire):
    """worker → app: pages read so far."""

    request: int
    done: int
    total: int


class Parsed(Wire):
    """worker → app: the file's text and structure."""

    request: int
    document: ParsedDocument


class InspectModel(Wire):
    """app → worker: read this model file's header; answered by Inspected or Failed."""

    request: int
    path: str


class Inspected(Wire):
    """worker → app: what the file says of itself."""

    request: int
    header: ModelHeader


class RenderPage(Wire):
    """app → worker: this page as a picture, the quoted words marked; answered by Rendered or Failed."""

    request: int
    path: str
    page: int  # from 1
    width: int  # of the picture, in pixels
    quote: str


class Rendered(Wire):
    """worker → app: the page."""

    request: int
    image: PageImage


ToParse = Ping | CancelWork | ParseFile | ReadPicture | InspectModel | RenderPage
FromParse = Ready | Pong | Failed | Stopped | PageRead | Parsed | Inspected | Rendered

# --- devices -----------------------------------------------------------------------------------------------------


class ListDevices(Wire):
    """app → worker: what can be computed on? Answered by Devices."""

    request: int


class Devices(Wire):
    """worker → app: the devices that llama.cpp has found, and whether this build can use a GPU."""

    request: int
    devices: tuple[Device, ...]
    offload: bool


ToDevices = Ping | CancelWork | ListDevices
FromDevices = Ready | Pong | Failed | Stopped | Devices

ToWorker = ToGenerate | ToLibrary | ToDevices | ToParse
