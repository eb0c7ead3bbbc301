"""How long documents, conversations, judgements and runs of playbooks are kept: what is due when."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

Kept = Literal["document", "conversation", "judgement", "judged_folder", "playbook_run"]


@dataclass(frozen=True, slots=True)
class Periods:
    """Days after which something that nobody touched is forgotten; 0 keeps it for ever."""

    documents: int = 0
    conversations: int = 0
    judgements: int = 0
    playbook_runs: int = 0


@dataclass(frozen=True, slots=True)
class Due:
    """Something that is to be forgotten, and the day, ISO 8601."""

    kind: Kept
    id: str
    name: str
    on: str


def due_on(touched_at: str, days: int) -> str:
    """The day on which something last touched at this moment is to be forgotten."""
    return (date.fromisoformat(touched_at[:10]) + timedelta(days=days)).isoformat()
