"""What is kept of experiments."""

from pathlib import Path

import pytest

from app.adapters.sqlite_experiments import SqliteExperiments
from app.domain.errors import AppError, ErrorCode
from app.domain.experiments import Axes, Question, Result, Run, Score, Variant, summarise

SCORES = (Score(1.0, 0.5, 0.25, 12.5),)
RESULT = Result(Variant(), SCORES, summarise(SCORES, SCORES, 1), 7, 1000)
RUN = Run(Variant(), Axes((100,), ("mini",), ("ranks",), (4,)), (1,), "Notes")


def test_what_was_kept_comes_back_after_a_restart(tmp_path: Path) -> None:
    store = SqliteExperiments(tmp_path / "experiments.db")
    asked = store.add_question(Question("How far?", ("a.pdf",), 3, "generated", approved=False, made_from="h"))
    assert store.add_question(asked).id == asked.id
    run = store.add_run(RUN)
    store.add_result(run.id, RESULT)
    store.close()
    again = SqliteExperiments(tmp_path / "experiments.db")
    assert again.questions() == [asked]
    assert again.results(run.id) == [RESULT]
    (kept,) = again.runs()
    assert (kept.axes, kept.collection, kept.questions) == (RUN.axes, "Notes", (1,))
    assert kept.state == "stopped"  # its process ended
    again.close()


def test_questions_are_approved_reworded_and_forgotten(tmp_path: Path) -> None:
    store = SqliteExperiments(tmp_path / "experiments.db")
    first = store.add_question(Question("How farr?", ("a.pdf",), approved=False, made_from="h"))
    other = store.add_question(Question("Who?", ("b.pdf",)))
    store.approve_question(first.id, "How far?")
    assert [(q.text, q.approved) for q in store.questions()] == [("How far?", True), ("Who?", True)]
    store.forget_document("h")
    assert store.questions() == [other]
    store.remove_question(other.id)
    for change in (store.remove_question, lambda number: store.approve_question(number, "x")):
        with pytest.raises(AppError) as unknown:
            change(other.id)
        assert unknown.value.code is ErrorCode.UNKNOWN_QUESTION
    store.close()


def test_a_run_goes_with_its_results(tmp_path: Path) -> None:
    store = SqliteExperiments(tmp_path / "experiments.db")
    run = store.add_run(RUN)
    store.add_result(run.id, RESULT)
    store.remove_run(run.id)
    assert (store.runs(), store.results(run.id)) == ([], [])
    with pytest.raises(AppError) as unknown:
        store.run(run.id)
    assert unknown.value.code is ErrorCode.UNKNOWN_EXPERIMENT
    store.close()
