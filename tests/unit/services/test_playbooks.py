"""Playbooks with scripted models on real files: answered, gone back in, worked on, and kept."""

from pathlib import Path

import pytest

from app.adapters.translated_files import originals
from app.domain.cancel import Cancel
from app.domain.errors import AppError, Cancelled, ErrorCode
from app.domain.events import Token
from app.services.playbooks import Playbooks, Standing
from tests.fakes.playbooks import SHIPPED, ScriptedClassifier, ScriptedCompletions, scripted_playbooks

TO_THE_DRAFT = ("Checkout", "09:12 UTC", "yes", "done", "no", "Mara", "")


def go(playbooks: Playbooks, playbook: str, *answers: str) -> Standing:
    at = playbooks.start(playbook)
    for answer in answers:
        at = playbooks.answer(at.run.id, answer)
    return at


def work(playbooks: Playbooks, at: Standing) -> Standing:
    last = list(playbooks.work(at.run.id, Cancel()))[-1]
    assert isinstance(last, Standing)
    return last


def test_a_run_is_kept_and_gone_on_with(tmp_path: Path) -> None:
    at = go(scripted_playbooks(tmp_path), "incident_triage", "Checkout", "09:12 UTC")
    again = scripted_playbooks(tmp_path).resume(at.run.id)
    assert (again.step.id, again.run.path) == ("harm", at.run.path)
    assert (again.progress.at, again.progress.of) == (3, 7)


def test_a_look_up_brings_its_sources_and_only_from_the_documents(tmp_path: Path) -> None:
    completions = ScriptedCompletions()
    playbooks = scripted_playbooks(tmp_path, completions)
    at = work(playbooks, go(playbooks, "incident_triage", "Checkout", "09:12", "unknown"))
    done = at.run.path[-1]
    assert (at.step.id, done.answer, done.quotes[0].document) == ("harm_found", "found", "Travel policy.pdf")
    assert "Checkout" in completions.asked[0].asked()
    completions.looked_up = ""
    at = work(playbooks, playbooks.back(at.run.id) and playbooks.answer(at.run.id, "unknown"))
    assert at.run.path[-1].answer == "found"  # the same question of the same documents: not asked again


def test_what_the_documents_do_not_say_leads_the_other_way(tmp_path: Path) -> None:
    playbooks = scripted_playbooks(tmp_path, ScriptedCompletions(looked_up=""))
    at = work(playbooks, go(playbooks, "expense_or_travel", "before", "travel", "A flight"))
    assert at.step.id == "finish_ask"


def test_a_model_that_is_not_sure_asks_the_person(tmp_path: Path) -> None:
    playbooks = scripted_playbooks(tmp_path, classifier=ScriptedClassifier(0.5))
    at = work(playbooks, go(playbooks, "support_case", "It broke."))
    assert at.step.id == "topic"
    assert at.run.proposal is not None
    at = playbooks.answer(at.run.id, "money")
    assert (at.step.id, at.run.path[-1].model) == ("rule", "")
    sure = scripted_playbooks(tmp_path)
    at = work(sure, go(sure, "support_case", "It broke."))
    assert (at.step.id, at.run.path[-1].answer, at.run.path[-1].model) == ("steps", "fault", "Fake")


@pytest.mark.parametrize(
    ("quote", "step"),
    [("Pay  TODAY", "finish_report"), ("Pay tomorrow", "ask_sender"), ("", "ask_sender")],
)
def test_a_verdict_counts_only_with_words_of_the_text(tmp_path: Path, quote: str, step: str) -> None:
    said = f'{{"quote": "{quote}", "reason": "It wants money.", "verdict": "yes"}}'
    playbooks = scripted_playbooks(tmp_path, ScriptedCompletions(written=(said,)))
    at = work(playbooks, go(playbooks, "suspected_phishing", "nothing", "Dear all, pay today.", "fits"))
    assert at.step.id == step
    assert at.run.path[-1].text == "It wants money."


def test_a_draft_streams_and_is_the_persons_to_change(tmp_path: Path) -> None:
    playbooks = scripted_playbooks(tmp_path)
    at = go(playbooks, "incident_triage", *TO_THE_DRAFT)
    events = list(playbooks.work(at.run.id, Cancel()))
    assert "".join(e.text for e in events if isinstance(e, Token)) == "Dear all, it is being looked at."
    at = playbooks.resume(at.run.id)
    assert at.run.proposal is not None
    at = playbooks.answer(at.run.id, "Dear all.")
    assert (at.step.id, at.run.path[-1].answer, at.run.path[-1].model) == ("finish_major", "Dear all.", "Fake")
    assert "AI (Fake)" in playbooks.record(at.run.id)


def test_without_a_model_the_person_answers(tmp_path: Path) -> None:
    missing = AppError(ErrorCode.MODEL_NOT_INSTALLED, model="x")
    playbooks = scripted_playbooks(tmp_path, ScriptedCompletions(fails=missing))
    at = go(playbooks, "incident_triage", *TO_THE_DRAFT)
    with pytest.raises(AppError):
        list(playbooks.work(at.run.id, Cancel()))
    at = playbooks.answer(at.run.id, "My own words.")
    assert (at.step.id, at.run.path[-1].model) == ("finish_major", "")


def test_an_answer_that_does_not_fit_changes_nothing(tmp_path: Path) -> None:
    playbooks = scripted_playbooks(tmp_path)
    at = go(playbooks, "incident_triage", "Checkout", "09:12")
    with pytest.raises(AppError) as caught:
        playbooks.answer(at.run.id, "maybe")
    assert caught.value.code is ErrorCode.PLAYBOOK_ANSWER_UNFIT
    assert playbooks.resume(at.run.id) == at
    at = playbooks.answer(at.run.id, "unknown")
    with pytest.raises(AppError):
        playbooks.answer(at.run.id, "found")  # only the documents can say that


def test_a_model_that_ends_after_the_person_went_on_changes_nothing(tmp_path: Path) -> None:
    playbooks = scripted_playbooks(tmp_path)
    at = go(playbooks, "incident_triage", *TO_THE_DRAFT)
    working = playbooks.work(at.run.id, Cancel())
    next(working)
    back = playbooks.back(at.run.id)
    with pytest.raises(Cancelled):
        list(working)
    assert playbooks.resume(at.run.id).run == back.run


def test_own_playbooks_stand_in_for_shipped_ones_and_bad_files_are_named(tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    text = (SHIPPED / "first_week.toml").read_text(encoding="utf-8")
    (own / "first_week.toml").write_text(text.replace('title = "First week"', 'title = "Our first week"'), "utf-8")
    (own / "bad.toml").write_text('title = "x"\n', "utf-8")
    (own / "binary.toml").write_bytes(b"\xff\xfe\x00")
    playbooks = scripted_playbooks(tmp_path, files=(SHIPPED, own))
    assert "Our first week" in [playbook.title for playbook in playbooks.all()]
    assert len(playbooks.all()) == len(originals(SHIPPED))
    assert [(problem.code, problem.facts["path"]) for problem in playbooks.problems()] == [
        (ErrorCode.PLAYBOOK_INVALID, "bad.toml"),
        (ErrorCode.PLAYBOOK_INVALID, "binary.toml"),
    ]


def test_a_removed_run_is_gone(tmp_path: Path) -> None:
    playbooks = scripted_playbooks(tmp_path)
    at = go(playbooks, "first_week")
    playbooks.remove(at.run.id)
    assert playbooks.runs() == []
    with pytest.raises(AppError) as caught:
        playbooks.resume(at.run.id)
    assert caught.value.code is ErrorCode.UNKNOWN_PLAYBOOK_RUN
