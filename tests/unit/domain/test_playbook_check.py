"""Playbook files: what is read, and what is wrong with a file, line by line."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.playbook import Ask, Branch, Classify, Draft, Finish, Judge, LookUp
from app.domain.playbook_check import read_playbook

GOOD = """title = "Try"
description = "All kinds of steps."

[[step]]
id = "what"
kind = "ask"
title = "What?"
next = "seek"

[[step]]
id = "seek"
kind = "look_up"
title = "Looking for {what}"
query = "{what}"
otherwise = "sort"
next = "sort"

[[step]]
id = "sort"
kind = "classify"
title = "Which?"
text = "{what}"
classes = [{ id = "a", text = "A" }, { id = "b", text = "B", next = "weigh" }]
next = "fork"

[[step]]
id = "fork"
kind = "branch"
on = "sort"
cases = [{ answers = ["a"], at_least = 0.9, next = "write" }]
next = "weigh"

[[step]]
id = "weigh"
kind = "judge"
title = "Weighing"
question = "Is it heavy?"
text = "{what}"
yes = "write"
no = "end"
unclear = "what"

[[step]]
id = "write"
kind = "draft"
title = "A text"
instruction = "Write about {what}."
next = "end"

[[step]]
id = "end"
kind = "finish"
title = "Over"
advice = ["Rest."]
"""


def faults(text: str) -> list[tuple[int, str]]:
    return [(fault.line, fault.reason) for fault in read_playbook(text, "try").faults]


def test_every_kind_of_step_is_read() -> None:
    playbook = read_playbook(GOOD, "try").playbook
    assert playbook is not None
    assert [type(step) for step in playbook.steps] == [Ask, LookUp, Classify, Branch, Judge, Draft, Finish]
    assert playbook.steps[0].line == 4


@pytest.mark.parametrize(
    ("old", "new", "at", "words"),
    [
        ('otherwise = "sort"', 'otherwise = "sorte"', "otherwise", "did you mean “sort”?"),
        ('kind = "classify"', 'kind = "clasify"', 'kind = "clasify"', "did you mean “classify”?"),
        ('title = "What?"', 'titel = "What?"', "titel", "did you mean “title”?"),
        ('title = "What?"', "", "[[step]]", "has no title"),
        ('query = "{what}"', 'query = "{wat}"', "query", "names {wat}, which is no step; did you mean “what”?"),
        ('on = "sort"', 'on = "what"', 'on = "what"', "whose answers are free text"),
        ('answers = ["a"]', 'answers = ["c"]', "cases", "never answered with"),
        ('"Write about {what}."\nnext = "end"', '"Write."', '[[step]]\nid = "write"', "leads nowhere"),
        ('id = "b", text = "B"', 'id = "a", text = "B"', "classes", "twice"),
        ('id = "fork"', 'id = "sort"', 'id = "sort"\nkind = "branch"', "there twice"),
        ("at_least = 0.9", "at_least = 9", "cases", "from 0 to 1"),
        ('id = "what"', 'id = "What!"', 'id = "What!"', "lower-case letters"),
        ('title = "Try"', 'title = "Try', 'title = "Try', "not TOML"),
        ('no = "end"', 'no = ""', '[[step]]\nid = "weigh"', "leads nowhere with “no”"),
    ],
)
def test_a_fault_is_named_with_its_line(old: str, new: str, at: str, words: str) -> None:
    assert old in GOOD
    text = GOOD.replace(old, new, 1)
    line = text[: text.index(at)].count("\n") + 1
    found = faults(text)
    assert any(where == line and words in reason for where, reason in found), (line, found)


def test_a_step_that_nothing_leads_to_is_named() -> None:
    found = faults(GOOD + '\n[[step]]\nid = "lost"\nkind = "finish"\ntitle = "Lost"\n')
    assert found == [(GOOD.count("\n") + 2, "nothing leads to step “lost”")]


def test_a_loop_without_an_exit_is_named_and_one_with_an_exit_is_not() -> None:
    loop = (
        'title = "T"\ndescription = "D"\n'
        '[[step]]\nid = "a"\nkind = "ask"\ntitle = "A"\nnext = "b"\n'
        '[[step]]\nid = "b"\nkind = "ask"\ntitle = "B"\noptions = [{ id = "x", text = "X" }{exit}]\nnext = "a"\n'
        '[[step]]\nid = "end"\nkind = "finish"\ntitle = "End"\n'
    )
    without = faults(loop.replace("{exit}", ""))
    assert (3, "from step “a” no way leads to an end") in without
    assert faults(loop.replace("{exit}", ', { id = "y", text = "Y", next = "end" }')) == []


def test_what_goes_on_by_itself_must_not_come_back_to_itself() -> None:
    assert any(
        "nobody asked between" in reason for _, reason in faults(GOOD.replace('unclear = "what"', 'unclear = "sort"'))
    )


def test_a_step_in_a_text_of_several_lines_is_no_step() -> None:
    text = GOOD.replace('title = "What?"', 'title = "What?"\nhelp = """\n[[step]]\n"""')
    playbook = read_playbook(text, "try").playbook
    assert playbook is not None
    assert playbook.steps[1].line == 4 + 9


@settings(max_examples=150)
@given(st.integers(0, len(GOOD)), st.integers(0, 40), st.text(max_size=12))
def test_any_damage_to_a_file_is_told_and_never_raised(start: int, cut: int, put: str) -> None:
    reading = read_playbook(GOOD[:start] + put + GOOD[start + cut :], "try")
    assert (reading.playbook is None) == bool(reading.faults)
    assert all(fault.line >= 1 and fault.reason for fault in reading.faults)


@pytest.mark.parametrize("path", sorted(Path("resources/playbooks").glob("*.toml")), ids=lambda path: path.stem)
def test_the_shipped_playbooks_are_in_order(path: Path) -> None:
    assert read_playbook(path.read_text(encoding="utf-8"), path.stem).faults == ()
