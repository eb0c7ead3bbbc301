"""Shipped content says everything in German, too; a translation that is more than words is left out and named."""

from pathlib import Path

import pytest

from app.adapters.playbook_files import PlaybookFolders
from app.adapters.prompt_files import PromptFiles
from app.adapters.template_files import TemplateFiles
from app.adapters.translated_files import originals, translation
from app.domain.translation import PLAYBOOK_TEXTS, PROMPT_TEXTS, differences

RESOURCES = Path(__file__).parents[3] / "resources"
NOWHERE = Path("nowhere")


def playbooks(folder: Path, language: str = "de") -> PlaybookFolders:
    return PlaybookFolders([folder], lambda: language)


def templates(folder: Path, language: str = "de") -> TemplateFiles:
    return TemplateFiles(folder, lambda: None, NOWHERE, lambda: language)


def prompts(folder: Path, language: str = "de") -> PromptFiles:
    return PromptFiles(folder, None, NOWHERE, lambda: language)


@pytest.mark.parametrize("folder", ["playbooks", "judge", "prompt_library"])
def test_everything_shipped_is_translated(folder: str) -> None:
    missing = [path.name for path in originals(RESOURCES / folder) if translation(path, "de") is None]
    assert missing == []


def test_shipped_playbooks_are_the_same_in_german() -> None:
    english, german = playbooks(RESOURCES / "playbooks", "en"), playbooks(RESOURCES / "playbooks")
    assert german.problems() == []
    said = {one.id: one for one in german.all()}
    for playbook in english.all():
        assert said[playbook.id].title != playbook.title
        assert said[playbook.id].digest == playbook.digest  # a run that was begun in English goes on
        assert list(differences(playbook, said[playbook.id], PLAYBOOK_TEXTS)) == []


def test_shipped_templates_are_the_same_in_german() -> None:
    english, german = templates(RESOURCES / "judge", "en"), templates(RESOURCES / "judge")
    assert german.problems() == []
    said = {one.id: one for one in german.all()}
    for template in english.all():
        assert said[template.id].name != template.name
        assert said[template.id].source == template  # what models are asked, and what is stored


def test_shipped_prompts_are_the_same_in_german() -> None:
    found, problems = prompts(RESOURCES / "prompt_library").all()
    assert problems == []
    said = {one.current.id: one.current for one in found}
    for prompt in prompts(RESOURCES / "prompt_library", "en").all()[0]:
        translated = said[prompt.current.id]
        assert translated.title != prompt.current.title or translated.purpose != prompt.current.purpose
        assert list(differences(prompt.current, translated, PROMPT_TEXTS)) == []


def test_a_language_that_nobody_translated_into_is_told_in_the_original() -> None:
    assert {one.title for one in playbooks(RESOURCES / "playbooks", "fr").all()} >= {"First week", "Support case"}


def test_a_playbook_whose_translation_leads_elsewhere_is_told_in_the_original(tmp_path: Path) -> None:
    original = (RESOURCES / "playbooks" / "first_week.toml").read_text()
    (tmp_path / "week.toml").write_text(original)
    (tmp_path / "week.de.toml").write_text(original.replace('id = "no"', 'id = "nein"'))
    files = playbooks(tmp_path)
    assert [one.title for one in files.all()] == ["First week"]
    [problem] = files.problems()
    assert problem.facts["path"] == "week.de.toml"
    assert "“nein” stands for “no”" in str(problem.facts["reason"])


def test_a_template_whose_translation_asks_for_something_else_is_told_in_the_original(tmp_path: Path) -> None:
    original = (RESOURCES / "judge" / "meeting.toml").read_text()
    (tmp_path / "meeting.toml").write_text(original)
    (tmp_path / "meeting.de.toml").write_text(original.replace('key = "topics"', 'key = "themen"'))
    files = templates(tmp_path)
    assert [one.name for one in files.all()] == ["Meeting"]
    assert "“themen” stands for “topics”" in str(files.problems()[0].facts["reason"])


def test_a_prompt_whose_translation_has_other_gaps_is_told_in_the_original(tmp_path: Path) -> None:
    original = (RESOURCES / "prompt_library" / "tasks.toml").read_text()
    (tmp_path / "tasks.toml").write_text(original)
    (tmp_path / "tasks.de.toml").write_text(original.replace("{person}", "{wer}").replace('"person"', '"wer"'))
    found, [problem] = prompts(tmp_path).all()
    assert [one.current.title for one in found] == ["Find the tasks in a text"]
    assert "wer" in str(problem.facts["reason"])
