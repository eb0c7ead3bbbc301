"""What has to be done for the library to be in step with a folder."""

from hypothesis import given
from hypothesis import strategies as st

from app.domain.folders import KnownFile, Scan, SeenFile, plan

Sizes = dict[str, tuple[int, int]]
FILES = st.dictionaries(st.sampled_from("abcdef"), st.tuples(st.integers(0, 2), st.integers(0, 2)))


@given(FILES, FILES)
def test_what_was_dealt_with_needs_nothing_more(
    before: dict[str, tuple[int, int]], now: dict[str, tuple[int, int]]
) -> None:
    known = {path: KnownFile(path, *found) for path, found in before.items()}
    todo = plan(known, Scan(tuple(SeenFile(path, *found) for path, found in now.items())))
    assert {file.path for file in todo.gone} == set(before) - set(now)
    assert {file.path for file in todo.read} == {path for path in now if now[path] != before.get(path)}
    assert todo.unchanged == len(now) - len(todo.read)
    done = {path: KnownFile(path, *found) for path, found in now.items()}
    again = plan(done, Scan(tuple(SeenFile(path, *found) for path, found in now.items())))
    assert (again.read, again.gone) == ((), ())


def test_the_last_modified_comes_first() -> None:
    todo = plan({}, Scan((SeenFile("old", 1, 1), SeenFile("new", 1, 3), SeenFile("older", 1, 0))))
    assert [file.path for file in todo.read] == ["new", "old", "older"]


def test_a_folder_that_cannot_be_listed_loses_nothing() -> None:
    known = {path: KnownFile(path, 1, 1) for path in ("/a/b/one", "/a/two")}
    assert [file.path for file in plan(known, Scan((), unreadable=("/a/b/",))).gone] == ["/a/two"]
