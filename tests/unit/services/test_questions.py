"""The question set: what gets in, and that nothing a model wrote counts unapproved."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.adapters.sqlite_experiments import SqliteExperiments
from app.domain.cancel import Cancel
from app.domain.errors import AppError, ErrorCode
from app.domain.library import Block, ParsedDocument, Source
from app.services.audit import Audit
from app.services.guard import Guard
from app.services.questions import Questions, tidy
from tests.fakes.generator import FakeGenerator
from tests.fakes.passages import FakePassages
from tests.unit.services.conftest import World

RULE = "Every flight that takes more than six hours may be booked in premium economy. " * 4


@pytest.fixture
def world(make_world: Callable[[FakeGenerator], World]) -> World:
    return make_world(FakeGenerator(("“When may I book ", "premium economy?”")))


@pytest.fixture
def questions(world: World, tmp_path: Path) -> Iterator[Questions]:
    store, passages = SqliteExperiments(tmp_path / "experiments.db"), FakePassages()
    for name, text in (("air.md", RULE), ("short.md", "Too short.")):
        parsed = ParsedDocument(name, text, (Block("paragraph", 0, len(text)),))
        passages.add(Source(f"/{name}", name, "Documents", f"hash of {name}", 1), parsed, Cancel())
    guard = Guard(Audit(world.ledger))
    yield Questions(store, passages, world.models, guard, world.classes, "{title}: {passage}")
    store.close()


def test_typed_questions_name_a_document_of_the_library(questions: Questions) -> None:
    assert questions.add(" When? ", ["/docs/air.md"]).documents == ("air.md",)
    for text, documents in (("When?", ["gone.md"]), ("", ["air.md"]), ("When?", [])):
        with pytest.raises(AppError) as refused:
            questions.add(text, documents)
        assert refused.value.code is ErrorCode.QUESTIONS_INVALID
    assert len(questions.all()) == 1


def test_a_file_is_taken_whole_or_not_at_all(questions: Questions, tmp_path: Path) -> None:
    file = tmp_path / "asked.csv"
    file.write_text("question,document\nWhen?,air\nWho?,gone.md\n", encoding="utf-8")
    with pytest.raises(AppError) as refused:
        questions.import_file(file)
    assert refused.value.facts["place"] == "question 2"
    assert questions.all() == []
    file.write_text("question,document\nWhen?,air\nWho?,short.md\n", encoding="utf-8")
    assert [one.documents for one in questions.import_file(file)] == [("air.md",), ("short.md",)]


def test_what_a_model_wrote_waits_for_approval(questions: Questions, world: World) -> None:
    (proposed,) = questions.generate(1, None, Cancel())
    assert proposed.question is not None
    (written,) = questions.all()
    assert (written.text, written.documents) == ("When may I book premium economy?", ("air.md",))
    assert (written.origin, written.approved, written.made_from) == ("generated", False, "hash of air.md")
    assert RULE.strip() in world.generator.requests[-1].messages[-1].content
    assert '"purpose":"test question"' in "".join(e.facts for e in world.ledger.entries()).replace(": ", ":")
    questions.approve(written.id, "When is premium economy fine?")
    (approved,) = questions.all()
    assert (approved.text, approved.approved) == ("When is premium economy fine?", True)


@pytest.mark.parametrize(
    ("written", "question"),
    [
        ("Who signs it off?\nBecause …", "Who signs it off?"),
        ("\n„Wer muss das genehmigen?“", "Wer muss das genehmigen?"),
        ("Here is a question about travel.", ""),
        ("", ""),
    ],
)
def test_only_a_question_is_taken(written: str, question: str) -> None:
    assert tidy(written) == question
