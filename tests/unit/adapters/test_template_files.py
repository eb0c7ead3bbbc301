"""Templates from three folders."""

from pathlib import Path

import pytest

from app.adapters.template_files import TemplateFiles
from app.domain.errors import AppError, ErrorCode
from app.domain.judge import Field, Template

FILE = 'name = "{name}"\nabout = "x"\n[[field]]\nkey = "a"\nname = "A"\nkind = "text"\nask = "What."\n'


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path, Path]:
    shipped, company, own = (tmp_path / name for name in ("shipped", "company", "own"))
    shipped.mkdir()
    company.mkdir()
    (shipped / "one.toml").write_text(FILE.format(name="One"))
    (shipped / "two.toml").write_text(FILE.format(name="Two"))
    (company / "two.toml").write_text(FILE.format(name="Two of ours"))
    return shipped, company, own


def test_the_nearest_counts_and_a_bad_one_is_said(folders: tuple[Path, Path, Path]) -> None:
    shipped, company, own = folders
    files = TemplateFiles(shipped, lambda: company, own)
    assert [(one.name, one.origin) for one in files.all()] == [("One", "shipped"), ("Two of ours", "company")]
    (company / "two.toml").write_text("name = ")
    (company / "three.toml").write_bytes(b"\xff\xfe")
    assert [one.name for one in files.all()] == ["One", "Two"]
    assert {(one.code, one.facts["template"]) for one in files.problems()} == {
        (ErrorCode.TEMPLATE_INVALID, "two"),
        (ErrorCode.TEMPLATE_INVALID, "three"),
    }
    assert [one.name for one in TemplateFiles(shipped, lambda: None, own).all()] == ["One", "Two"]


def test_an_own_one_is_kept_and_deleted(folders: tuple[Path, Path, Path]) -> None:
    shipped, company, own = folders
    files = TemplateFiles(shipped, lambda: company, own)
    mine = Template("one", "Mine", "x", (Field("a", "A", "text", "What."),))
    files.put(mine)
    assert files.all()[0] == mine
    files.remove("one")
    assert files.all()[0].name == "One"
    with pytest.raises(AppError) as shipped_stays:
        files.remove("one")
    assert shipped_stays.value.code is ErrorCode.UNKNOWN_TEMPLATE


@pytest.mark.parametrize("template_id", ["../../escape", "A B", ""])
def test_no_file_is_written_elsewhere_or_that_does_not_fit(folders: tuple[Path, Path, Path], template_id: str) -> None:
    shipped, company, own = folders
    files = TemplateFiles(shipped, lambda: company, own)
    with pytest.raises(AppError) as refused:
        files.put(Template(template_id, "Mine", "x", (Field("a", "A", "text", "What."),)))
    assert refused.value.code is ErrorCode.TEMPLATE_INVALID
    assert not own.exists()
