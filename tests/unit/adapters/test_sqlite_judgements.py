"""What is judged is kept, version by version, and forgotten when it is to be."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.adapters.sqlite_judgements import SqliteJudgements
from app.domain.errors import AppError, ErrorCode
from app.domain.judge import Amount, Batch, Evidence, Field, Review, Row, Template, Verdict, Version
from tests.fakes.judge import judged

TEMPLATE = Template("t", "T", "anything", (Field("cost", "Cost", "amount", "How much."),))
VERDICT = Verdict("cost", Amount(4.5, "EUR"), (Evidence(0, 8, 0, "Checkout"),), 2, "cut")
VERSION = Version(0, TEMPLATE, (VERDICT,), "Qwen", "device", "be exact", 3, 2, ledger=(4, 5))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteJudgements]:
    store = SqliteJudgements(tmp_path / "judgements.db")
    yield store
    store.close()


def test_a_judgement_comes_back_as_it_was_and_so_does_its_document(store: SqliteJudgements) -> None:
    case = store.add(judged(), VERSION)
    (kept,) = store.versions(case.id)
    assert kept.verdicts == VERSION.verdicts
    assert (kept.number, kept.template, kept.instruction, kept.ledger) == (1, TEMPLATE, "be exact", (4, 5))
    assert kept.made_at.endswith("Z")
    assert store.judged(case.id) == judged()
    assert store.cases() == [case]


def test_the_same_document_gets_a_version_another_a_case(store: SqliteJudgements, tmp_path: Path) -> None:
    first = store.add(judged(), VERSION)
    second = store.add(judged(), VERSION)
    assert (second.id, second.versions) == (first.id, 2)
    assert [version.number for version in store.versions(first.id)] == [1, 2]
    batch = store.add_batch(Batch(0, "/documents", "t", "T", 1, ""))
    assert store.add(judged(), VERSION, batch.id).id != first.id
    store.close()
    again = SqliteJudgements(tmp_path / "judgements.db")
    assert len(again.cases()) == 2
    again.close()


def test_a_review_takes_the_place_of_the_one_before(store: SqliteJudgements) -> None:
    case = store.add(judged(), VERSION)
    version = store.versions(case.id)[0]
    store.review(Review(version.id, "cost", Amount(4.5, "EUR"), "accepted"))
    store.review(Review(version.id, "cost", Amount(5.0, "EUR"), "corrected"))
    (review,) = store.reviews(case.id)
    assert (review.kind, review.value) == ("corrected", Amount(5.0, "EUR"))
    assert store.reviews() == [review]
    assert store.reviews(case.id + 1) == []


def test_a_folder_keeps_what_became_of_its_files(store: SqliteJudgements) -> None:
    rows = (Row("/a.txt"), Row("/b.txt"))
    batch = store.add_batch(Batch(0, "/documents", "t", "T", 3, "", "be exact", "qwen", rows))
    store.set_row(batch.id, Row("/b.txt", "failed", None, "parse_broken", (("reason", "no text"), ("pages", 3))))
    kept = store.batch(batch.id)
    assert (kept.instruction, kept.model, kept.runs) == ("be exact", "qwen", 3)
    assert [row.state for row in kept.rows] == ["waiting", "failed"]
    assert dict(kept.rows[1].facts) == {"reason": "no text", "pages": 3}
    case = store.add(judged(), VERSION, batch.id)
    store.remove_batch(batch.id)
    assert store.cases() == []
    with pytest.raises(AppError) as gone:
        store.case(case.id)
    assert gone.value.code is ErrorCode.UNKNOWN_CASE


def test_what_is_not_there_is_said(store: SqliteJudgements) -> None:
    for call, code in (
        (lambda: store.case(9), ErrorCode.UNKNOWN_CASE),
        (lambda: store.judged(9), ErrorCode.UNKNOWN_CASE),
        (lambda: store.remove(9), ErrorCode.UNKNOWN_CASE),
        (lambda: store.batch(9), ErrorCode.UNKNOWN_BATCH),
        (lambda: store.remove_batch(9), ErrorCode.UNKNOWN_BATCH),
    ):
        with pytest.raises(AppError) as refused:
            call()
        assert refused.value.code is code


def test_a_forgotten_document_leaves_no_word_on_the_disk(store: SqliteJudgements, tmp_path: Path) -> None:
    store.add(judged("A word that nobody else writes: zanzibarium.\n\nMore of it."), VERSION)
    store.forget_document("0" * 64)
    assert store.cases() == []
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"zanzibarium" not in kept
