"""Zip files and names from elsewhere."""

import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.adapters.archive import inside, unpack

PIECES = st.sampled_from(["..", ".", "", "/", "\\", "C:", "a", "b.json", "~", "\0", "\n", " ", "…"])


@pytest.mark.parametrize("name", ["../out.json", "/out.json", "a/../../out.json", "..\\out.json", "C:out.json"])
def test_an_archive_cannot_write_outside_its_folder(tmp_path: Path, name: str) -> None:
    archive = tmp_path / "model.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr(name, "{}")
    with pytest.raises(ValueError, match="leads out"):
        unpack(archive, tmp_path / "target", 1000)
    assert not list(tmp_path.rglob("*out.json"))


def test_an_archive_that_grows_too_much_is_refused(tmp_path: Path) -> None:
    archive = tmp_path / "model.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("zeros", b"\0" * 1_000_000)
    with pytest.raises(ValueError, match="larger"):
        unpack(archive, tmp_path / "target", 999_999)


@given(st.one_of(st.text(max_size=30), st.lists(PIECES, max_size=6).map("/".join), st.lists(PIECES).map("".join)))
def test_a_name_is_refused_or_stays_inside(name: str) -> None:
    folder = Path("/models/small")
    try:
        path = inside(name)
    except ValueError:
        return
    assert (folder / path).resolve().is_relative_to(folder)
    assert (folder / path).resolve() != folder
    assert str(path) == name  # one spelling for one place
