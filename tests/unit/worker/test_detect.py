"""A file is what its content says it is, and its name only where the content does not."""

import pytest

from app.domain.errors import AppError, ErrorCode
from app.worker.detect import detect
from app.worker.untrusted_file import UntrustedFile
from tests.fakes.documents import SAMPLES, zipped

BY_SUFFIX = {".py": "code", ".htm": "html"}


@pytest.mark.parametrize("suffix", SAMPLES)
def test_every_format_is_known_by_its_name(suffix: str) -> None:
    expected = BY_SUFFIX.get(suffix, suffix.removeprefix("."))
    assert detect(UntrustedFile(f"a{suffix}", SAMPLES[suffix]())) == expected


@pytest.mark.parametrize("suffix", sorted(set(SAMPLES) - {".csv", ".py"}))
def test_a_wrong_name_does_not_mislead(suffix: str) -> None:
    wrong = "a.docx" if suffix == ".pdf" else "a.pdf"
    assert detect(UntrustedFile(wrong, SAMPLES[suffix]())) == suffix.removeprefix(".")
    assert detect(UntrustedFile("no name for it", SAMPLES[suffix]())) == suffix.removeprefix(".")


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.txt.exe", b"MZ\x90", ErrorCode.PARSE_UNSUPPORTED),
        ("a.xyz", b"words\x00words", ErrorCode.PARSE_UNSUPPORTED),
        ("old.msg", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", ErrorCode.PARSE_BROKEN),
        ("locked.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", ErrorCode.PARSE_ENCRYPTED),
    ],
)
def test_what_is_refused(name: str, content: bytes, code: ErrorCode) -> None:
    with pytest.raises(AppError) as caught:
        detect(UntrustedFile(name, content))
    assert caught.value.code is code


def test_a_damaged_package_goes_to_the_reader_that_its_name_says() -> None:
    assert detect(UntrustedFile("a.pptx", b"PK\x03\x04 and no more")) == "pptx"
    assert detect(UntrustedFile("a.bin", zipped({"a.txt": "words"}))) == "zip"
