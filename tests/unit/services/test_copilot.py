"""The quick copilot: detectors first, then the model, then the general three; and nothing before it is chosen."""

import json
from collections.abc import Callable

import pytest

from app.domain.cancel import Cancel
from app.domain.events import Token
from app.domain.next_steps import GENERAL, STEPS
from app.services.audit import Audit
from app.services.classifier import Classifier, softmax
from app.services.copilot import Copilot, Written, excerpt
from app.services.guard import Guard
from app.services.showing import Shown
from tests.fakes.generator import FakeGenerator
from tests.fakes.playbooks import OneModel, ScriptedClassifier, ScriptedCompletions, scripted_copilot
from tests.unit.services.conftest import World

PROSE = "The label printer in hall three draws every label twice, and nobody knows why that is so."
CODE = "def nights(days: int) -> int:\n    return days - 1\n"
SECRET = "AKIAABCDEFGHIJKLMNOP"


def test_what_detectors_know_no_model_is_asked() -> None:
    classifier = ScriptedClassifier()
    suggestion = scripted_copilot(classifier=classifier).think(Shown("the clipboard", CODE), Cancel())
    assert (suggestion.kind, suggestion.by, classifier.asked) == ("code", "detectors", [])


def test_a_model_that_is_sure_is_believed_and_one_that_is_not_offers_the_general_three() -> None:
    shown = Shown("the clipboard", PROSE)
    sure = scripted_copilot(classifier=ScriptedClassifier(0.9)).think(shown, Cancel())
    assert (sure.kind, sure.by, sure.confidence) == ("ticket", "model", 0.9)
    unsure = scripted_copilot(classifier=ScriptedClassifier(0.4)).think(shown, Cancel())
    assert (unsure.kind, unsure.by) == (None, "nobody")
    assert [step.id for step in unsure.steps] == list(GENERAL)


def test_who_wants_no_model_asked_is_heeded() -> None:
    classifier = ScriptedClassifier()
    copilot = scripted_copilot(classifier=classifier, ask_model=False)
    assert copilot.think(Shown("the clipboard", PROSE), Cancel()).by == "nobody"
    assert classifier.asked == []


def test_looking_runs_nothing() -> None:
    completions = ScriptedCompletions()
    copilot = scripted_copilot(completions)
    copilot.see(Shown("the clipboard", CODE))
    copilot.think(Shown("the clipboard", PROSE), Cancel())
    assert completions.asked == []


def test_a_step_streams_and_says_who_wrote_it() -> None:
    events = list(scripted_copilot().write(STEPS["summarise"].instruction, Shown("x", PROSE), Cancel()))
    written = events[-1]
    assert isinstance(written, Written)
    assert written == Written("Dear all, it is being looked at.", "Fake", 1.0)
    assert "".join(e.text for e in events if isinstance(e, Token)) == written.text


def test_what_does_not_fit_is_left_out_and_that_is_said() -> None:
    completions = ScriptedCompletions()
    copilot = scripted_copilot(completions, models=OneModel(context=1000))
    *_, written = copilot.write("Summarise.", Shown("x", "word " * 1000), Cancel())
    assert isinstance(written, Written)
    assert written.read == pytest.approx(600 / 5000)
    assert len(completions.asked[0].asked()) < 1000


def test_secrets_are_named_and_taken_out() -> None:
    copilot = scripted_copilot()
    shown = Shown("the clipboard", f"key: {SECRET}\n")
    assert copilot.see(shown).secrets == ("AWS access key",)
    assert copilot.see(shown).steps[0].act == "redact"
    assert SECRET not in copilot.without_secrets(shown)


def test_as_it_closes_models_are_told_to_forget() -> None:
    models = OneModel()
    copilot = scripted_copilot(models=models)
    list(copilot.write("Summarise.", Shown("x", PROSE), Cancel()))
    copilot.forget()
    copilot.forget()
    assert len(models.forgotten) == 1


def test_the_ledger_knows_of_it_and_not_what_it_was(make_world: Callable[[FakeGenerator], World]) -> None:
    world = make_world(FakeGenerator())
    classifier = Classifier(world.models, Guard(Audit(world.ledger)), "{question} {words} {classes} {text}")
    copilot = Copilot(world.models, world.completions, classifier, "{instruction} {fence} {text}")
    copilot.think(Shown("the clipboard", PROSE), Cancel())
    list(copilot.write("Summarise.", Shown("the clipboard", PROSE), Cancel()))
    entries = [entry.facts for entry in world.ledger.entries()]
    assert [json.loads(facts).get("purpose") for facts in entries] == ["copilot", None, "copilot", None]
    assert not any("label" in facts for facts in entries)
    assert world.chats.conversations() == []


def test_what_is_asked_every_time_is_read_before_but_no_model_is_loaded_for_that(
    make_world: Callable[[FakeGenerator], World],
) -> None:
    generator = FakeGenerator()
    world = make_world(generator)
    classifier = Classifier(world.models, Guard(Audit(world.ledger)), "{question} {words} {classes} Text: {text} end")
    classes = (("ticket", "a report"), ("mail", "a letter"))
    classifier.warm("Which kind?", classes, "copilot", Cancel())
    assert not generator.is_loaded
    generator.load()
    read: list[str] = []
    generator.prefill = lambda request, _: read.append(request.messages[0].content)  # type: ignore[method-assign, assignment]
    classifier.warm("Which kind?", classes, "copilot", Cancel())
    assert read == ["Which kind? ticket, mail - ticket: a report\n- mail: a letter Text: "]


def test_who_wants_no_model_asked_has_none_read() -> None:
    classifier = ScriptedClassifier()
    scripted_copilot(classifier=classifier, ask_model=False).warm(Cancel())
    assert classifier.warmed == 0
    scripted_copilot(classifier=classifier).warm(Cancel())
    assert classifier.warmed == 1


def test_the_shares_of_a_classification_add_up() -> None:
    shares = softmax([-1.0, -1.0, -900.0])
    assert sum(shares) == pytest.approx(1)
    assert shares[0] == pytest.approx(0.5)


def test_an_excerpt_is_short_however_long_the_text() -> None:
    assert excerpt("one two") == "one two"
    assert len(excerpt("word " * 100_000).split()) < 60
    assert len(excerpt("k" * 100_000)) < 60, "a key is one word"
