"""What may be done next with what was shown: for each kind of text at most three steps, the likeliest first.

A step either writes something (an instruction for the model), opens a playbook, makes a chat of it, or takes secrets
out. Which steps there are is settled here: no text that is shown can add one.
"""

from dataclasses import dataclass
from typing import Final, Literal

from app.domain.detectors import Kind

Act = Literal["write", "playbook", "chat", "redact"]
MOST: Final = 3


@dataclass(frozen=True, slots=True)
class NextStep:
    """One thing that may be done."""

    id: str
    title: str
    detail: str
    act: Act
    instruction: str = ""  # for the model, of a text that is to be written
    playbook: str = ""  # the id of the one to open


def _write(step_id: str, title: str, detail: str, instruction: str) -> NextStep:
    return NextStep(step_id, title, detail, "write", instruction)


_STEPS: Final = (
    _write(
        "summarise",
        "Summarise it",
        "the main points, in five lines at most",
        "Summarise the text in at most five short lines.",
    ),
    _write(
        "tasks",
        "List what is to be done",
        "who, what, by when, as far as it is said",
        "List every task that the text contains, one a line: who, what, by when. Write “nobody named” or “no date”"
        " where the text does not say. If there are no tasks, say so.",
    ),
    NextStep("ask", "Ask about it", "in a new chat, with the text at hand", "chat"),
    _write(
        "summarise_incident",
        "Summarise as an incident",
        "what failed, since when, whom it hit, cause, state",
        "Summarise this incident under the headings What failed, Since when, Who was hit, Cause, State and Next. One"
        " line each; write “not said” where the text does not say.",
    ),
    _write(
        "draft_update",
        "Draft a customer update",
        "two paragraphs, no internal names",
        "Write an update of two short paragraphs for the customers who are affected by this: what does not work, and"
        " what happens next. No names of people or internal systems, no causes that are not certain.",
    ),
    NextStep(
        "incident_playbook",
        "Open the incident playbook",
        "guides you through triage, step by step",
        "playbook",
        playbook="incident_triage",
    ),
    NextStep(
        "support_playbook",
        "Open the support playbook",
        "from the case to a reply, step by step",
        "playbook",
        playbook="support_case",
    ),
    _write(
        "draft_support_reply",
        "Draft a reply to whoever reported it",
        "friendly, short, with what happens next",
        "Write a friendly reply of at most 100 words to the person who reported this problem: show that it is"
        " understood, say what happens next, ask for what is missing. Promise nothing that the text does not say.",
    ),
    _write(
        "summarise_talk",
        "Write the minutes",
        "what was said, decided and left open",
        "Write minutes of this conversation under the headings Topics, Decisions, Tasks and Open questions. Leave out a"
        " heading that has nothing under it.",
    ),
    _write(
        "draft_follow_up",
        "Draft a follow-up mail",
        "to those who took part",
        "Write a short mail to those who took part in this conversation: what was agreed, and who does what.",
    ),
    _write(
        "draft_reply",
        "Draft a reply",
        "short, in the language of the mail",
        "Write a short, friendly reply to this mail, in its language. Answer what it asks as far as the mail itself"
        " allows; leave a gap in brackets where only the reader knows the answer.",
    ),
    NextStep(
        "phishing_playbook",
        "Check it for phishing",
        "opens the playbook for suspicious mails",
        "playbook",
        playbook="suspected_phishing",
    ),
    _write(
        "explain_error",
        "Explain the error",
        "what went wrong, where, and what to try first",
        "Explain this error to a colleague: what went wrong, in which file and line, the likeliest cause, and the first"
        " two things to try.",
    ),
    _write(
        "draft_bug_report",
        "Draft a bug report",
        "what was expected, what happened, the error itself",
        "Write a bug report from this: title, what happened, the error in one line, where in the program, and what is"
        " still needed to show it again.",
    ),
    _write(
        "explain_log",
        "Say what happened in this log",
        "in order, with times; what looks wrong first",
        "Say what happened in this log, in order and with times, at most eight lines. Begin with what looks wrong.",
    ),
    _write(
        "explain_code",
        "Explain the code",
        "what it does, and what to look out for",
        "Explain what this code does, in plain words, and name up to three things in it that may go wrong.",
    ),
    _write(
        "review_code",
        "Review the code",
        "mistakes first, then style",
        "Review this code: mistakes first, then unclear names and missing cases. At most six points, each with its"
        " line.",
    ),
    _write(
        "test_code",
        "Write tests for it",
        "the usual case, the edges, the errors",
        "Write tests for this code in its own language: the usual case, the edges, and what must fail.",
    ),
    _write(
        "summarise_table",
        "Say what the table shows",
        "columns, largest and smallest, what stands out",
        "Say what this table shows: its columns, how many rows are here, and what stands out. Compute nothing that is"
        " not in it.",
    ),
    _write(
        "list_obligations",
        "List the obligations",
        "who must do what by when, and what it costs not to",
        "List the obligations in this text, one a line: who, what, by when, and the consequence if it says one. Name"
        " the clause where it has a number.",
    ),
    _write(
        "find_risks",
        "Point out unusual clauses",
        "terms, liability, renewal, notice",
        "Name the clauses in this text that deserve a lawyer's look: liability, automatic renewal, notice periods,"
        " one-sided rights. Quote each in a few words.",
    ),
    NextStep(
        "remove_secrets",
        "Copy it without the secrets",
        "nothing is sent anywhere",
        "redact",
    ),
)  # fmt: skip

STEPS: Final[dict[str, NextStep]] = {step.id: step for step in _STEPS}
GENERAL: Final = ("summarise", "tasks", "ask")
_BY_KIND: Final[dict[Kind, tuple[str, str, str]]] = {
    "secret": ("remove_secrets", "summarise", "ask"),
    "stack_trace": ("explain_error", "draft_bug_report", "ask"),
    "log": ("explain_log", "incident_playbook", "ask"),
    "suspicious_mail": ("phishing_playbook", "draft_reply", "summarise"),
    "email": ("draft_reply", "summarise", "phishing_playbook"),
    "transcript": ("summarise_talk", "tasks", "draft_follow_up"),
    "incident": ("summarise_incident", "draft_update", "incident_playbook"),
    "contract": ("list_obligations", "find_risks", "summarise"),
    "ticket": ("support_playbook", "draft_support_reply", "summarise"),
    "table": ("summarise_table", "tasks", "ask"),
    "code": ("explain_code", "review_code", "test_code"),
    "url": ("phishing_playbook", "ask", "summarise"),
}


def next_steps(kind: Kind | None) -> tuple[NextStep, ...]:
    """At most three steps for a kind of text; the general three where no kind is sure enough."""
    return tuple(STEPS[step] for step in (_BY_KIND[kind] if kind else GENERAL))
