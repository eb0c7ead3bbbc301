"""The JSON that the command line prints; documented in the README and stable."""

from dataclasses import asdict

from app.cli.answers import Answered
from app.domain.chat import Citation, SentenceSupport, Timing
from app.domain.fit import Machine, Verdict
from app.domain.fit_texts import remedy
from app.domain.folders import WatchedFolder
from app.domain.hygiene import HygieneReport
from app.domain.library import Document, LibraryReport, Passage, Problem
from app.domain.models import CatalogueEntry, InstalledModel, ModelHeader
from app.domain.team import TeamStatus
from app.services.gateway import GatewayStatus

Json = dict[str, object]


def answer(item: Answered) -> Json:
    """An answer with the places it rests on."""
    finished, retrieved = item.finished, item.retrieved
    return {
        "answer": finished.text,
        "model": finished.model,
        "ran": finished.ran,
        "because": finished.because,
        "citations": [citation(each) for each in item.citations],
        "grounded": bool(finished.grounded),
        "support": [sentence(each, finished.text) for each in item.support],
        "withheld": finished.withheld,
        "timing": timing(finished.timing),
        "trace": {
            "conversation": item.started.conversation_id,
            "answer": finished.answer_id,
            "ledger": list(finished.ledger_entries),
            "documents_searched": retrieved.documents if retrieved else 0,
            "asks_for_all": retrieved.asks_for_all if retrieved else False,
            "surveyed": retrieved.surveyed if retrieved else 0,
            "read_whole": retrieved.whole if retrieved else False,
            "passages_found": retrieved.found if retrieved else 0,
            "passages_used": len(retrieved.used) if retrieved else 0,
            "stopped": finished.stopped,
        },
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


def sentence(item: SentenceSupport, answer: str) -> Json:
    """What the passages say to a sentence of an answer."""
    return {
        "sentence": answer[item.start : item.end],
        "verdict": item.verdict,
        "passage": item.passage,
        "because": item.because,
    }


def timing(item: Timing) -> Json:
    """How long an answer took."""
    return {
        "first_token_s": round(item.first_token_s, 3),
        "tokens_per_s": round(item.tokens_per_s, 2),
        "prompt_tokens": item.prompt_tokens,
        "cached_tokens": item.cached_tokens,
    }


def passage(item: Passage) -> Json:
    """A passage as search found it; a retriever that did not find it has no score."""
    return {
        "document": item.document,
        "page": item.page,
        "unit": item.unit,
        "label": item.label,
        "start": item.start,
        "end": item.end,
        "text": item.text,
        "score": item.score,
        "scores": {"bm25": item.scores.get("bm25"), "vector": item.scores.get("vector")},
        "ranks": item.ranks,
        "where": item.where,
    }


def document(item: Document) -> Json:
    """A document of the library."""
    return {
        "id": item.id,
        "name": item.name,
        "path": item.path,
        "collection": item.collection,
        "where": item.where,
        "pages": item.pages,
        "unit": item.unit,
        "chunks": item.chunks,
        "waiting": item.waiting,
        "size": item.size,
        "sha256": item.content_hash,
        "added_at": item.added_at,
    }


def hygiene(item: HygieneReport) -> Json:
    """What a look through a collection found."""
    return {
        "documents": item.documents,
        "languages": dict(item.languages),
        "findings": [asdict(finding) for finding in item.findings],
    }


def folder(item: WatchedFolder) -> Json:
    """A watched folder."""
    return {
        "id": item.id,
        "path": item.path,
        "collection": item.collection,
        "synced_at": item.synced_at,
        "problem": item.problem,
    }


def problem(item: Problem, what: str) -> Json:
    """A file that could not be added."""
    return {"path": item.path, "code": item.code.value, "what": what}


def library_report(item: LibraryReport) -> Json:
    """The state of the library."""
    return asdict(item)


def model(entry: CatalogueEntry | InstalledModel, *, installed: bool) -> Json:
    """A model that is here or can be fetched; of the latter, what its catalogue says."""
    said: Json = {}
    if isinstance(entry, CatalogueEntry):
        said = {"quantisation": entry.quantisation, "context": entry.context, "recommended_for": entry.recommended_for}
    elif entry.base:
        said = {"base": entry.base}
    return {
        "id": entry.id,
        "name": entry.name,
        "role": entry.role,
        "size": entry.size,
        "sha256": entry.sha256,
        "licence": entry.licence,
        "installed": installed,
        "shared": isinstance(entry, InstalledModel) and entry.shared,
        **said,
    }


def gateway(status: GatewayStatus) -> Json:
    """How the gateway is set up; never its key."""
    return {
        "url": status.url,
        "models": list(status.models),
        "has_key": status.has_key,
        "local_only": status.bounds.local_only,
        "class_ceiling": status.bounds.ceiling,
    }


def team(status: TeamStatus) -> Json:
    """The team library as the person sees it."""
    return asdict(status)


def header(item: ModelHeader) -> Json:
    """What a model file says of itself."""
    facts = asdict(item)
    del facts["bytes_by_type"]
    return facts


def machine(item: Machine) -> Json:
    """This machine's memory and devices, in bytes."""
    return asdict(item)


def verdict(model_id: str, installed: bool, item: Verdict) -> Json:
    """How a model fits, in bytes; an estimate by size alone where it is not installed."""
    return {
        "id": model_id,
        "installed": installed,
        "fits": item.fits,
        "device": item.device,
        "needs": {**asdict(item.need), "total": item.need.total},
        "available": item.available,
        "context": item.settings.context,
        "kv_type": item.settings.kv_type,
        "gpu_layers": item.settings.gpu_layers,
        "reason": item.reason,
        "remedy": remedy(item),
    }
