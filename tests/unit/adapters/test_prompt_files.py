"""Prompts as files: three sets, and versions that never change."""

from dataclasses import replace
from pathlib import Path

import pytest

from app.adapters.prompt_files import PromptFiles
from app.domain.errors import AppError, ErrorCode
from app.domain.prompt_library import Example, PromptVersion, Variable
from tests.conftest import REPOSITORY

SHIPPED = REPOSITORY / "resources" / "prompt_library"
TEXT = 'id = "{id}"\ntitle = "A title"\ntext = "Say it."\n'
OWN = PromptVersion(
    "my-own",
    'Quotes " and\nlines',
    'Say """{what}""" \\ {{x}}',
    variables=(Variable("what", "choice", "What?", ("a", "b"), "a", optional=True),),
    examples=(Example("in\n", "out"),),
    library=True,
    data_class="confidential",
)


@pytest.fixture
def company(tmp_path: Path) -> Path:
    folder = tmp_path / "company"
    folder.mkdir()
    return folder


@pytest.fixture
def files(tmp_path: Path, company: Path) -> PromptFiles:
    return PromptFiles(SHIPPED, company, tmp_path / "own")


def test_all_shipped_prompts_can_be_used(files: PromptFiles) -> None:
    prompts, problems = files.all()
    assert not problems
    assert len(prompts) >= 12
    assert all(prompt.origin == "shipped" and prompt.current.purpose for prompt in prompts)


def test_what_is_kept_is_read_as_it_was(files: PromptFiles) -> None:
    files.keep(OWN)
    files.keep(replace(OWN, version=2, text="{what}"))
    own = [prompt for prompt in files.all()[0] if prompt.is_own]
    assert [prompt.versions for prompt in own] == [(OWN, replace(OWN, version=2, text="{what}"))]


def test_a_version_never_changes(files: PromptFiles) -> None:
    files.keep(OWN)
    with pytest.raises(AppError) as refused:
        files.keep(replace(OWN, title="Another"))
    assert refused.value.code is ErrorCode.HOME_NOT_WRITABLE


def test_what_cannot_be_used_is_not_kept(files: PromptFiles, tmp_path: Path) -> None:
    with pytest.raises(AppError) as refused:
        files.keep(replace(OWN, text="{other}"))
    assert refused.value.code is ErrorCode.PROMPT_INVALID
    assert not (tmp_path / "own").exists()


def test_a_prompt_goes_with_its_versions_and_no_other(files: PromptFiles) -> None:
    for version in (OWN, replace(OWN, version=2), replace(OWN, id="my-own-2")):
        files.keep(version)
    files.remove("my-own")
    assert [prompt.current.id for prompt in files.all()[0] if prompt.is_own] == ["my-own-2"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("id = ", "Invalid value"),
        (TEXT.format(id="a") + 'colour = "red"\n', "colour is not a field"),
        (TEXT.format(id="a") + '[[variables]]\nname = "x"\ncolour = "red"\n', "colour is not a field of variables"),
        (TEXT.format(id="a") + 'version = "two"\n', "Expected `int`"),
        (TEXT.format(id="a") + 'data_class = "secret"\n', "Invalid enum value"),
        (TEXT.format(id="../a"), "its id is not"),
        (TEXT.format(id="my-a"), "ids of people's own prompts begin"),
        (TEXT.format(id="reply"), "is another prompt's already"),
        ("#" * 100_001, "more than 100000 bytes"),
        ("a = " + "[" * 5000, ""),
    ],
)
def test_a_file_that_does_not_hold_is_left_out_and_why_is_said(
    files: PromptFiles, company: Path, text: str, reason: str
) -> None:
    (company / "bad.toml").write_text(text, encoding="utf-8")
    (company / "good.toml").write_text(TEXT.format(id="good"), encoding="utf-8")
    prompts, problems = files.all()
    assert [prompt.current.id for prompt in prompts if prompt.origin == "company"] == ["good"]
    assert [problem.code for problem in problems] == [ErrorCode.PROMPT_INVALID]
    assert reason in str(problems[0].facts["reason"])


def test_a_version_that_is_there_twice_and_a_folder_that_is_not_are_told(files: PromptFiles, company: Path) -> None:
    for name in ("a", "b"):
        (company / f"{name}.toml").write_text(TEXT.format(id="same"), encoding="utf-8")
    assert "same@1 is there twice" in str(files.all()[1])
    gone = PromptFiles(SHIPPED, company / "gone", company / "own")
    assert "there is no such folder" in str(gone.all()[1])
