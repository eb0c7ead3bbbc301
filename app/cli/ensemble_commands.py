"""`donjon ask --vote N` and `--best-of N`: several answers, and the one that is taken."""

from app.cli.doors import Services
from app.cli.terminal import ProgressLine, note, say, say_json
from app.domain.cancel import Cancel
from app.domain.chat import Citation, PromptMessage
from app.domain.error_texts import explain
from app.domain.library import place_name
from app.services.completions import CompletionRequest
from app.services.ensemble import Chosen, EnsembleRequest, Member, MemberAnswer, Method


def ask(
    services: Services,
    question: str,
    models: list[str],
    times: int,
    method: Method,
    judge: str | None,
    cancel: Cancel,
    *,
    collection: str | None,
    use_library: bool,
    schema: str,
    as_json: bool,
) -> int:
    """Ask each model `times` times, and say every answer and why one was taken."""
    ids = [services.models.find("chat", model).id for model in models] or [services.models.find("chat").id]
    members = tuple(Member(model, seed) for model in dict.fromkeys(ids) for seed in range(1, times + 1))
    completion = CompletionRequest(
        "",
        ids[0],
        (PromptMessage("user", question),),
        services.completions.sampling(),
        collection=collection,
        everywhere=use_library and collection is None and not schema,
        schema=schema,
    )
    chosen: Chosen | None = None
    progress = ProgressLine()
    try:
        done = 0
        progress.show("answering", done, len(members))
        for event in services.ensemble.run(EnsembleRequest(completion, members, method, judge), cancel):
            match event:
                case MemberAnswer():
                    done += 1
                    progress.show("answering", done, len(members))
                case Chosen():
                    chosen = event
    finally:
        progress.clear()
    assert chosen is not None, "an ensemble that ends without an error has chosen"
    if as_json:
        say_json(_shape(chosen, method))
    else:
        _say(chosen, method)
    return 0


def _shape(chosen: Chosen, method: Method) -> dict[str, object]:
    scores = iter(chosen.choice.scores)
    return {
        "answer": _text(chosen.best),
        "model": chosen.best.member.model,
        "method": method,
        "share": chosen.choice.share,
        "answers": [
            {
                "model": one.member.model,
                "seed": one.member.seed,
                "text": _text(one),
                "score": next(scores) if one.completed else None,
                "error": one.error.code.value if one.error else None,
            }
            for one in chosen.answers
        ],
        "citations": [
            {"n": item.n, "document": item.document, "page": item.page, "quote": item.quote}
            for item in (_citations(chosen))
        ],
    }


def _say(chosen: Chosen, method: Method) -> None:
    say(_text(chosen.best))
    for item in _citations(chosen):
        place = ", ".join(part for part in (item.document, place_name(item.unit, item.page, item.label)) if part)
        say(f"  [{item.n}] {place}: “{' '.join(item.quote.split())}”")
    scores = iter(chosen.choice.scores)
    for one in chosen.answers:
        mark = "→" if one is chosen.best else " "
        if one.error is not None:
            note(f"{mark} {one.member.model} #{one.member.seed}: {explain(one.error).what}")
        else:
            text = " ".join(_text(one).split())
            note(f"{mark} {next(scores):.2f} {one.member.model} #{one.member.seed}: {text[:100]}")
    reasons = {
        "vote": "agrees most with the others",
        "likeliest": "is the one its model is surest of",
        "judge": "wins most comparisons",
    }
    note(f"AI · {chosen.best.member.model} · on this device · taken because it {reasons[method]}.")


def _text(answer: MemberAnswer) -> str:
    return answer.completed.text if answer.completed else ""


def _citations(chosen: Chosen) -> tuple[Citation, ...]:
    completed = chosen.best.completed
    return completed.checked.citations if completed and completed.checked else ()
