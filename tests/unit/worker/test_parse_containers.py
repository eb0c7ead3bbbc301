"""Mails and archives: everything in them that can be read is, under its name; the rest is noted."""

import io
import zipfile
from pathlib import Path

import pytest

import app.worker.parts as parts
from app.domain.errors import AppError, ErrorCode
from app.domain.library import ParsedDocument
from app.worker.parse_file import FileParser
from app.worker.untrusted_file import UntrustedFile
from tests.fakes.documents import WORDS, mail, mailbox, pdf, sheets, zipped


def parse(name: str, content: bytes) -> ParsedDocument:
    return FileParser(lambda done, total: None).parse(UntrustedFile(name, content))


def by_part(document: ParsedDocument) -> dict[str, str]:
    found: dict[str, str] = {}
    for block in document.blocks:
        label = document.labels[block.page - 1]
        found[label] = f"{found.get(label, '')} {document.text[block.start : block.end]}".strip()
    return found


def test_a_mail_without_attachments_is_one_text() -> None:
    document = parse("a.eml", mail())
    assert (document.title, document.pages) == ("Lamps Ü", 0)
    assert "From: Anna <anna@example.org>\nTo: bo@example.org\nDate: Mon, 02 Mar 2026 10:00:00 +0100" in document.text
    assert WORDS in document.text
    assert "not this" not in document.text


def test_attachments_are_parts() -> None:
    attached = mail(b__pdf=pdf(), c__exe=b"MZ\x00", d__xlsx=sheets(), e__eml=mail(f__txt=b"deep"))
    document = parse("a.eml", attached)
    assert document.labels == ("message", "b.pdf", "d.xlsx", "e.eml › message", "e.eml › f.txt")
    assert by_part(document)["b.pdf"] == f"b.pdf {WORDS}"
    assert by_part(document)["e.eml › f.txt"] == "f.txt deep"
    assert [(n.kind, n.detail) for n in document.notices] == [("attachment_unread", "c.exe: parse_unsupported")]


@pytest.mark.parametrize(
    "content",
    [
        b"Subject: =?utf-8?q?unfinished\nFrom: (((\nContent-Type: text/plain; charset=nonsense\n\nstill \xff here",
        b"Subject: x\nDate: never\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nstill here",
        b"Subject: x\nFrom: a\nContent-Transfer-Encoding: base64\n\nc3RpbGwgaGVyZQ",
    ],
)
def test_a_careless_mail_is_read(content: bytes) -> None:
    document = parse("a.eml", content)
    assert "still" in document.text
    assert "here" in document.text


def test_a_mail_that_outlook_kept() -> None:
    document = parse("a.msg", (Path(__file__).parents[2] / "data" / "mail" / "with_attachment.msg").read_bytes())
    assert document.labels == ("message", "test.txt")
    assert by_part(document)["message"].startswith('Email with Attachment From: "Alice Example" <alice@example.com>')
    assert [(n.kind, n.detail) for n in document.notices] == [("attachment_unread", "report.pdf: parse_broken")]


def test_a_mailbox_has_a_part_for_each_mail() -> None:
    document = parse("a.mbox", mailbox())
    assert [label.split(" ", 1)[0] for label in document.labels] == ["1", "2", "2"]
    assert document.labels[2].endswith("› a.txt")
    assert document.text.count(WORDS) == 2


def test_an_archive_is_read_by_member() -> None:
    inner = zipped({"deep.txt": "deep words"})
    document = parse("a.zip", zipped({"one.txt": "first", "two/b.pdf": pdf(), "in.zip": inner, "__MACOSX/x.txt": "no"}))
    assert by_part(document) == {
        "one.txt": "one.txt first",
        "two/b.pdf": f"two/b.pdf {WORDS}",
        "in.zip › deep.txt": "in.zip deep.txt deep words",
    }


def test_names_that_lead_out_are_refused() -> None:
    names = ["../up.txt", "/etc/passwd", "C:\\x.txt", "a/../../b.txt"]
    link = zipfile.ZipInfo("link.txt")
    link.external_attr = 0o120777 << 16
    packed = io.BytesIO(zipped({**dict.fromkeys(names, "no"), "good.txt": "yes", "GOOD.txt": "again"}))
    with zipfile.ZipFile(packed, "a") as archive:
        archive.writestr(link, "/etc/passwd")
    document = parse("a.zip", packed.getvalue())
    assert document.text == "good.txt\n\nyes"
    assert [(n.kind, n.count) for n in document.notices] == [("attachment_unread", 6)]


def test_archives_in_archives_end_somewhere() -> None:
    content = zipped({"a.txt": "words"})
    for _ in range(5):
        content = zipped({"b.zip": content})
    with pytest.raises(AppError) as caught:
        parse("a.zip", content)
    assert caught.value.code is ErrorCode.PARSE_TOO_LARGE


def test_an_archive_of_unreadable_things_says_why() -> None:
    with pytest.raises(AppError) as caught:
        parse("a.zip", zipped({"a.exe": "MZ"}))
    assert caught.value.code is ErrorCode.PARSE_UNSUPPORTED
    assert caught.value.facts["path"] == "a.zip › a.exe"


def test_no_more_parts_than_can_be_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "MAX_PARTS", 2)
    document = parse("a.zip", zipped({f"{n}.txt": "x" for n in range(4)}))
    assert len(document.labels) == 2
    assert [(n.kind, n.count) for n in document.notices] == [("cut_short", 2)]
