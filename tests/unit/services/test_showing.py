"""What is shown becomes text: files as they are or parsed, pictures by the text in them."""

from pathlib import Path

import pytest

from app.domain.cancel import Cancel
from app.domain.errors import AppError, ErrorCode
from app.services.showing import Shown
from tests.fakes.showing import IN_PICTURE, ScriptedReader, scripted_showing


def test_a_file_is_read_as_text_and_binary_ones_are_refused(tmp_path: Path) -> None:
    showing = scripted_showing()
    path = tmp_path / "notes.log"
    path.write_text("größer", encoding="utf-8")
    assert showing.open_file(path, Cancel()) == Shown("notes.log", "größer")
    (tmp_path / "x.bin").write_bytes(b"a\x00b")
    for name, code in (("x.bin", ErrorCode.PARSE_UNSUPPORTED), ("gone", ErrorCode.FILE_NOT_FOUND)):
        with pytest.raises(AppError) as caught:
            showing.open_file(tmp_path / name, Cancel())
        assert caught.value.code is code


def test_a_picture_is_for_the_parser_even_if_folders_are_not_searched_for_pictures(tmp_path: Path) -> None:
    path = tmp_path / "Screenshot.PNG"
    path.write_bytes(b"all of it text, as it were")
    with pytest.raises(AppError) as caught:
        scripted_showing().open_file(path, Cancel())
    assert caught.value.code is ErrorCode.PARSE_UNSUPPORTED


def test_a_picture_without_a_file_is_the_text_in_it() -> None:
    reader = ScriptedReader()
    assert scripted_showing(reader).open_picture("the clipboard", b"png", Cancel()) == Shown(
        "the clipboard", IN_PICTURE
    )
    assert reader.pictures == [b"png"]
