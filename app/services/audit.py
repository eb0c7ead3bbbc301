"""What the ledger records of Donjon's acts, and how it is checked and handed out.

Content level METADATA: lengths, hashes and names, never a question's or an answer's words.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence

from app.domain.audit import Connection, Entry, JsonValue, Verification
from app.domain.data_class import DataClass
from app.domain.erasure import ErasureReceipt
from app.domain.models import GenerationRequest, InstalledModel
from app.domain.retention import Due
from app.ports.ledger import Ledger


class Audit:
    """Writes to the ledger in one vocabulary."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def generation_started(
        self, model: InstalledModel, request: GenerationRequest, context: dict[str, JsonValue]
    ) -> Entry:
        """Record that a model is about to be asked. Raises AppError LEDGER_UNWRITABLE."""
        prompt = request.text or "\x1e".join(f"{m.role}\x1f{m.content}" for m in request.messages)
        facts: dict[str, JsonValue] = {
            **context,
            "model": model.id,
            "model_sha256": model.sha256,
            "ran": model.where,
            "data_class": request.data_class,
            "messages": len(request.messages),
            "prompt_sha256": digest(prompt),
            "prompt_characters": len(prompt),
            "seed": request.sampling.seed,
        }
        return self._ledger.append("generation.started", facts)

    def generation_ended(self, started: Entry, outcome: str, answer: str) -> Entry:
        """Record how it ended. Raises AppError LEDGER_UNWRITABLE."""
        facts: dict[str, JsonValue] = {
            "started": started.seq,
            "outcome": outcome,
            "answer_sha256": digest(answer),
            "answer_characters": len(answer),
        }
        return self._ledger.append("generation.ended", facts)

    def egress_blocked(self, model: InstalledModel, request: GenerationRequest, kinds: tuple[str, ...]) -> None:
        """Record that something was kept from leaving the machine, and why. Raises AppError LEDGER_UNWRITABLE."""
        facts: dict[str, JsonValue] = {"model": model.id, "data_class": request.data_class, "kinds": list(kinds)}
        self._ledger.append("egress.blocked", facts)

    def verdict_appealed(self, rail: str, where: str, kinds: tuple[str, ...], text: str) -> None:
        """Record that a person objects to a rail's verdict. Raises AppError LEDGER_UNWRITABLE."""
        facts: dict[str, JsonValue] = {"rail": rail, "where": where, "kinds": list(kinds), "said_sha256": digest(text)}
        self._ledger.append("verdict.appealed", facts)

    def team_changed(self, act: str, subject: str, team: str = "", data_class: str = "") -> None:
        """Record what an administrator is about to do to the team's library. Raises AppError LEDGER_UNWRITABLE."""
        self._ledger.append("team.changed", {"act": act, "subject": subject, "team": team, "data_class": data_class})

    def network_opened(self, connection: Connection) -> int:
        """Record what is about to leave the machine; the entry's number. Raises AppError LEDGER_UNWRITABLE."""
        facts: dict[str, JsonValue] = {
            "host": connection.host,
            "purpose": connection.purpose,
            "data_class": connection.data_class,
            "bytes": connection.size,
        }
        return self._ledger.append("network.opened", facts).seq

    def network_closed(self, opened: int, outcome: str, received: int) -> None:
        """Record how a request ended and how much came back. Raises AppError LEDGER_UNWRITABLE."""
        self._ledger.append("network.closed", {"opened": opened, "outcome": outcome, "bytes": received})

    def collection_classed(self, collection: str, data_class: DataClass) -> None:
        """Record that a collection's documents may travel so far from now on. Raises AppError LEDGER_UNWRITABLE."""
        facts: dict[str, JsonValue] = {"collection_sha256": digest(collection), "data_class": data_class}
        self._ledger.append("collection.classed", facts)

    def embedding_started(self, texts: Sequence[str], context: dict[str, JsonValue]) -> Entry:
        """Record that texts are about to be embedded. Raises AppError LEDGER_UNWRITABLE."""
        facts: dict[str, JsonValue] = {
            **context,
            "ran": "device",
            "texts": len(texts),
            "texts_sha256": digest("\x1e".join(texts)),
            "texts_characters": sum(map(len, texts)),
        }
        return self._ledger.append("embedding.started", facts)

    def embedding_ended(self, started: Entry, outcome: str) -> Entry:
        """Record how it ended. Raises AppError LEDGER_UNWRITABLE."""
        return self._ledger.append("embedding.ended", {"started": started.seq, "outcome": outcome})

    def ranking_started(self, model: InstalledModel, texts: Sequence[str]) -> Entry:
        """Record that a model is about to order passages; the question comes first. Raises LEDGER_UNWRITABLE."""
        facts: dict[str, JsonValue] = {
            "model": model.id,
            "model_sha256": model.sha256,
            "ran": model.where,
            "texts": len(texts),
            "texts_sha256": digest("\x1e".join(texts)),
            "texts_characters": sum(map(len, texts)),
        }
        return self._ledger.append("ranking.started", facts)

    def ranking_ended(self, started: Entry, outcome: str) -> Entry:
        """Record how it ended. Raises AppError LEDGER_UNWRITABLE."""
        return self._ledger.append("ranking.ended", {"started": started.seq, "outcome": outcome})

    def document_removed(self, name: str, content_hash: str) -> Entry:
        """Record that a document was forgotten."""
        return self._ledger.append("document.removed", {"name_sha256": digest(name), "content_sha256": content_hash})

    def retention_ended(self, due: Due) -> Entry:
        """Record that something is about to be forgotten for its age. Raises AppError LEDGER_UNWRITABLE."""
        return self._ledger.append(
            "retention.ended", {"kind": due.kind, "name_sha256": digest(due.name), "due": due.on}
        )

    def erasure_checked(self, receipt: ErasureReceipt) -> Entry:
        """Record a look for what was forgotten."""
        facts: dict[str, JsonValue] = {
            "documents": receipt.documents,
            "files": receipt.files,
            "bytes": receipt.bytes,
            "remains": list({one.content_hash: None for one in receipt.remains}),
            "stale_vectors": receipt.stale_vectors,
        }
        return self._ledger.append("erasure.checked", facts)

    def verify(self) -> Verification:
        """Whether nothing was edited, removed, reordered or cut off."""
        return self._ledger.verify()

    def outcomes(self) -> Iterator[tuple[Entry, str]]:
        """Entries that say how something ended, oldest first, and what they say."""
        for entry in self._ledger.entries():
            if '"outcome":' in entry.facts:
                yield entry, str(json.loads(entry.facts).get("outcome"))

    def export(self) -> Iterator[Entry]:
        """All entries, oldest first."""
        return self._ledger.entries()


def digest(text: str) -> str:
    """SHA-256 of the text, hex."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
