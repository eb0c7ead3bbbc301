"""Cases, versions, reviews, examples, folders and files, on the real stores."""

import csv
import io
import json
from pathlib import Path

import pytest

from app.domain.cancel import Cancel
from app.domain.errors import AppError, Cancelled, ErrorCode
from app.domain.judge import Field, Template
from app.services.judge import CaseJudged, JudgeOptions
from app.services.judge_tables import RowJudged
from tests.fakes.judge import REPORT, JudgeFakes, ScriptedJudging

OPTIONS = JudgeOptions()


@pytest.fixture
def fakes() -> JudgeFakes:
    return JudgeFakes()


def test_a_file_is_judged_and_judged_again_with_an_instruction(fakes: JudgeFakes) -> None:
    events = fakes.judge_now(fakes.file())
    last = events[-1]
    assert isinstance(last, CaseJudged)
    assert last.version.verdict("severity").value == "major"
    again = list(fakes.judge.judge_again(last.case.id, JudgeOptions(instruction="  call it minor "), Cancel()))[-1]
    assert isinstance(again, CaseJudged)
    assert (again.case.id, again.version.number, again.version.instruction) == (last.case.id, 2, "call it minor")
    changes = fakes.judge.compare(last.case.id, 1, 2)
    assert [change.field.key for change in changes if change.differs] == ["severity"]
    with pytest.raises(AppError):
        fakes.judge.compare(last.case.id, 1, 3)
    fakes.judge.remove(last.case.id)
    assert fakes.judge.cases() == []


def test_a_case_is_judged_again_from_what_was_read_though_its_file_is_gone(fakes: JudgeFakes) -> None:
    path = fakes.file()
    fakes.judge_now(path)
    path.unlink()
    case = fakes.judge.cases()[0]
    list(fakes.judge.judge_again(case.id, OPTIONS, Cancel()))
    assert fakes.judge.case(case.id).versions == 2
    assert fakes.judge.judged(case.id).text == REPORT


def test_a_document_of_the_library_is_judged(fakes: JudgeFakes) -> None:
    template = fakes.judge.template("Incident")  # by its name, too
    last = list(fakes.judge.judge_document(template, 1, OPTIONS, Cancel()))[-1]
    assert isinstance(last, CaseJudged)
    assert last.case.name == "report.txt"
    with pytest.raises(AppError) as unknown:
        list(fakes.judge.judge_document(template, 2, OPTIONS, Cancel()))
    assert unknown.value.code is ErrorCode.UNKNOWN_DOCUMENT


def test_what_cannot_be_judged_is_said(fakes: JudgeFakes, tmp_path: Path) -> None:
    for path, code in (
        (tmp_path / "none.txt", ErrorCode.FILE_NOT_FOUND),
        (fakes.file("bad.txt"), ErrorCode.PARSE_BROKEN),
    ):
        with pytest.raises(AppError) as refused:
            fakes.judge_now(path)
        assert refused.value.code is code
    with pytest.raises(AppError) as unknown:
        fakes.judge.template("nothing")
    assert unknown.value.code is ErrorCode.UNKNOWN_TEMPLATE
    (fakes.folder / "own").mkdir()
    (fakes.folder / "own" / "mine.toml").write_text("name = 4")
    with pytest.raises(AppError) as wrong:
        fakes.judge.template("mine")
    assert wrong.value.code is ErrorCode.TEMPLATE_INVALID


def test_an_own_template_is_kept_and_removed_and_its_judgements_stay(fakes: JudgeFakes) -> None:
    own = Template("mine", "Mine", "a report", (Field("severity", "Severity", "choice", "How.", ("major", "minor")),))
    fakes.judge.keep_template(own)
    fakes.judge_now(fakes.file(), "mine")
    fakes.judge.remove_template("mine")
    case = fakes.judge.cases()[0]
    list(fakes.judge.judge_again(case.id, OPTIONS, Cancel()))  # by the template as it was
    assert [version.template.name for version in fakes.judge.versions(case.id)] == ["Mine", "Mine"]


def test_what_people_say_becomes_labelled_examples(fakes: JudgeFakes) -> None:
    fakes.judge_now(fakes.file())
    case = fakes.judge.cases()[0]
    version = fakes.judge.versions(case.id)[0]
    fakes.judge.accept(version, "duration")
    fakes.judge.correct(version, "severity", "critical")
    fakes.judge.correct(version, "data_lost", None)
    unfit_values = {"severity": "dreadful", "started": "4 November", "data_lost": "no", "summary": "x" * 900}
    for key, value in unfit_values.items():
        with pytest.raises(AppError) as unfit:
            fakes.judge.correct(version, key, value)
        assert unfit.value.code is ErrorCode.VALUE_UNFIT
    examples = {example["field"]: example for example in fakes.judge.examples() if isinstance(example, dict)}
    assert examples["severity"]["expected"] == "critical"
    assert examples["severity"]["said"] == "major"
    assert examples["duration"]["expected"] == {"number": 47, "unit": "minutes"}
    assert examples["data_lost"]["expected"] is None
    assert examples["severity"]["text"] == REPORT
    json.dumps(list(fakes.judge.examples()))


def test_a_folder_becomes_a_table_though_a_file_is_bad(fakes: JudgeFakes) -> None:
    folder = fakes.file("a.txt").parent
    for name in ("bad.txt", "c.txt", ".hidden.txt", "note.xyz"):
        fakes.file(name, f"{REPORT}{name}")
    batch = fakes.tables.start(fakes.judge.template("incident"), folder, JudgeOptions(2))
    rows = [event.row for event in fakes.tables.work(batch.id, Cancel()) if isinstance(event, RowJudged)]
    assert [(Path(row.path).name, row.state) for row in rows] == [
        ("a.txt", "done"),
        ("bad.txt", "failed"),
        ("c.txt", "done"),
    ]
    kept = fakes.tables.get(batch.id)
    assert kept.rows[1].code == "parse_broken"
    judgements = fakes.exports.of_batch(batch.id)
    assert [one.case.name for one in judgements] == ["a.txt", "c.txt"]
    assert all(one.version.runs == 2 for one in judgements)
    table = list(csv.reader(io.StringIO(fakes.exports.write(judgements, "csv").decode("utf-8-sig"))))
    assert [row[0] for row in table] == ["Document", "a.txt", "c.txt"]
    (folder / "bad.txt").rename(folder / "good.txt")
    assert list(fakes.tables.work(batch.id, Cancel())) == []  # nothing waits
    retried = [e.row for e in fakes.tables.work(batch.id, Cancel(), retry=True) if isinstance(e, RowJudged)]
    assert [(row.state, row.code) for row in retried] == [("failed", "file_not_found")]


def test_a_table_goes_on_where_it_was_stopped(fakes: JudgeFakes) -> None:
    folder = fakes.file("a.txt").parent
    fakes.file("b.txt")
    fakes.file("c.txt")
    template = fakes.judge.template("incident")
    batch = fakes.tables.start(template, folder, OPTIONS)
    cancel = Cancel()
    with pytest.raises(Cancelled):
        for event in fakes.tables.work(batch.id, cancel):
            if isinstance(event, RowJudged):
                cancel.set()
    assert fakes.tables.get(batch.id).count("waiting") == 2
    assert fakes.tables.start(template, folder, OPTIONS).id == batch.id  # the same, as it is not done
    assert isinstance(fakes.judging, ScriptedJudging)
    asked = len(fakes.judging.asked)
    done = [event.done for event in fakes.tables.work(batch.id, Cancel()) if isinstance(event, RowJudged)]
    assert done == [2, 3]
    assert len(fakes.judging.asked) == asked + 2
    assert fakes.tables.start(template, folder, OPTIONS).id != batch.id
    fakes.tables.remove(batch.id)
    assert fakes.judge.cases() == []


def test_an_empty_folder_is_said(fakes: JudgeFakes, tmp_path: Path) -> None:
    with pytest.raises(AppError) as refused:
        fakes.tables.start(fakes.judge.template("incident"), tmp_path, OPTIONS)
    assert refused.value.code is ErrorCode.FILE_NOT_FOUND


def test_what_would_befall_every_file_stops_a_table(fakes: JudgeFakes) -> None:
    folder = fakes.file("a.txt").parent
    batch = fakes.tables.start(fakes.judge.template("incident"), folder, OPTIONS)

    def fail(*_: object) -> None:
        raise AppError(ErrorCode.LEDGER_UNWRITABLE, path="ledger.db", reason="full")

    fakes.judging.run = fail  # type: ignore[attr-defined]
    with pytest.raises(AppError):
        list(fakes.tables.work(batch.id, Cancel()))
    assert fakes.tables.get(batch.id).count("waiting") == 1
