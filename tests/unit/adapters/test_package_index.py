"""How a source in the catalogue is read."""

import pytest

from app.adapters.package_index import Part, parts


def test_one_package() -> None:
    assert parts("index:weights==1.0!weights/model.zip") == [Part("weights==1.0", "weights/model.zip")]


def test_a_range_of_packages_in_order() -> None:
    found = parts("index:w-part{9..10}==0.2.0!w_part{n}/{n:02}.bin")
    assert found == [Part("w-part9==0.2.0", "w_part9/09.bin"), Part("w-part10==0.2.0", "w_part10/10.bin")]


def test_a_member_that_counts_from_zero() -> None:
    assert [part.member for part in parts("index:w{1..2}==1!w.part{n-1:02}")] == ["w.part00", "w.part01"]


@pytest.mark.parametrize("source", ["", "index:weights", "index:weights==1.0", "file:weights==1!m", "index:a b==1!m"])
def test_anything_else_is_refused(source: str) -> None:
    with pytest.raises(ValueError, match="source"):
        parts(source)
