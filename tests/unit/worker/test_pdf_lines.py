"""Runs become lines as they stand on the page, whichever way their script goes."""

from app.worker.pdf_lines import lines_of
from app.worker.pdf_text import PageText, Run


def run(text: str, left: float, right: float, bottom: float = 700.0) -> Run:
    return Run(text, left, bottom, right, bottom + 10, 10.0, bold=False)


def texts(*runs: Run) -> list[tuple[str, int]]:
    return [(line.text, line.cells) for line in lines_of(PageText(runs, (), (), 600.0))]


def test_runs_beside_each_other_are_a_line() -> None:
    assert texts(run("one", 50, 70), run("two", 73, 90), run("below", 50, 80, 680)) == [("one two", 1), ("below", 1)]


def test_a_script_that_runs_to_the_left_stays_on_its_line() -> None:
    assert texts(run("שלום", 400, 440), run("עולם", 350, 396)) == [("שלום עולם", 1)]


def test_gaps_part_cells_only_where_the_next_line_has_them_too() -> None:
    table = [run("a", 50, 60), run("1", 150, 160), run("b", 50, 60, 688), run("2", 150, 160, 688)]
    assert texts(*table) == [("a | 1", 2), ("b | 2", 2)]
    assert texts(run("wide", 50, 80), run("apart", 150, 180), run("text", 50, 80, 688)) == [
        ("wide apart", 1),
        ("text", 1),
    ]
