"""The shipped catalogue, and what an administrator may add to it."""

from pathlib import Path

import pytest

from app.adapters.catalogue import Catalogue
from app.domain.errors import ErrorCode
from app.domain.models import CatalogueEntry
from tests.conftest import REPOSITORY

SHIPPED = REPOSITORY / "resources" / "models.toml"
GOOD = """
[[model]]
id = "company-7b"
name = "Company 7B"
role = "chat"
file = "company-7b-q4_k_m.gguf"
licence = "Apache-2.0"
source = "https://models.company.example/company-7b-q4_k_m.gguf"
"""


@pytest.fixture(name="shipped")
def shipped_entries() -> list[CatalogueEntry]:
    return Catalogue(SHIPPED).entries()


def added(folder: Path, text: str) -> Catalogue:
    (folder / "company.toml").write_text(text, encoding="utf-8")
    return Catalogue(SHIPPED, folder)


def problem(catalogue: Catalogue, shipped: list[CatalogueEntry]) -> str:
    """What is wrong; nothing else changes."""
    assert catalogue.entries() == shipped
    [found] = catalogue.problems()
    assert found.code is ErrorCode.CATALOGUE_INVALID
    assert str(found.facts["path"]).endswith("company.toml")
    return str(found.facts["reason"])


def test_the_shipped_catalogue_has_one_default_of_each_role(shipped: list[CatalogueEntry]) -> None:
    assert sorted(entry.role for entry in shipped if entry.default) == ["chat", "embed"]
    assert len({entry.id for entry in shipped}) == len(shipped)


def test_what_is_shipped_is_pinned(shipped: list[CatalogueEntry]) -> None:
    assert all(entry.sha256 and entry.size for entry in shipped)
    assert len({entry.sha256 for entry in shipped}) == len(shipped)


def test_large_chat_models_come_from_a_hub_that_may_use_its_own_stores(shipped: list[CatalogueEntry]) -> None:
    large = [entry for entry in shipped if entry.role == "chat" and entry.source.startswith("https://")]
    assert len(large) >= 8
    assert "llama-2-7b-chat" in {entry.id for entry in large}
    assert all(entry.quantisation == "Q4_K_M" and entry.recommended_for and entry.context for entry in large)
    assert {entry.redirects for entry in large} == {("huggingface.co", "hf.co")}


def test_a_company_adds_its_own(tmp_path: Path, shipped: list[CatalogueEntry]) -> None:
    catalogue = added(tmp_path, GOOD)
    assert catalogue.problems() == []
    assert catalogue.entries()[:-1] == shipped
    assert catalogue.entries()[-1].id == "company-7b"
    assert catalogue.entries()[-1].redirects == ()


def test_a_file_lies_relative_to_its_catalogue(tmp_path: Path) -> None:
    text = GOOD.replace("https://models.company.example/", "file:weights/") + f'size = 5\nsha256 = "{"0" * 64}"\n'
    assert added(tmp_path, text).entries()[-1].source == f"file:{tmp_path}/weights/company-7b-q4_k_m.gguf"


def test_a_company_names_the_stores_of_its_own_hub(tmp_path: Path) -> None:
    text = f'[redirects]\n"models.company.example" = ["store.example"]\n"huggingface.co" = ["evil.example"]\n{GOOD}'
    entries = {entry.id: entry for entry in added(tmp_path, text).entries()}
    assert entries["company-7b"].redirects == ("store.example",)
    assert entries["qwen3-8b"].redirects == ("huggingface.co", "hf.co")


def test_a_shipped_id_cannot_be_taken_over(tmp_path: Path, shipped: list[CatalogueEntry]) -> None:
    reason = problem(added(tmp_path, GOOD.replace("company-7b", "qwen3-8b", 1)), shipped)
    assert "qwen3-8b" in reason


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("[[model]]", "[[model]", "Expected"),
        ('role = "chat"', 'role = "cook"', "company-7b: Invalid enum value 'cook'"),
        ('name = "Company 7B"\n', "", "missing required field `name`"),
        ('id = "company-7b"', 'id = "../up"', "an id is"),
        ('file = "company', 'file = "a/company', "without folders"),
        ('licence = "Apache-2.0"', 'licence = ""', "licence"),
        ("https://models", "http://models", "https://HOST/PATH"),
        ("https://models", "https://me:secret@models", "https://HOST/PATH"),
        ("https://models", "ftp://models", "begins with"),
        ("https://models.company.example/", "file:", "https sources only"),
        ("https://models.company.example/", "index:", "https sources only"),
        ('name = "C', 'colour = "red"\nname = "C', "colour is not a field"),
        ('name = "C', 'redirects = ["evil.example"]\nname = "C', "redirects is not a field"),
        ('name = "C', 'sha256 = "abc"\nname = "C', "64 hexadecimal digits"),
        ('name = "C', 'size = "5 GB"\nname = "C', "Expected `int`"),
        ('name = "C', 'size = -5\nname = "C', "number of bytes"),
    ],
)
def test_what_does_not_hold_is_left_out_and_said(
    tmp_path: Path, shipped: list[CatalogueEntry], old: str, new: str, reason: str
) -> None:
    assert old in GOOD
    assert reason in problem(added(tmp_path, GOOD.replace(old, new, 1)), shipped)


def test_the_same_id_twice_is_refused(tmp_path: Path, shipped: list[CatalogueEntry]) -> None:
    assert "twice" in problem(added(tmp_path, GOOD + GOOD), shipped)


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    [found] = Catalogue(SHIPPED, tmp_path / "none").problems()
    assert "no such folder" in str(found.facts["reason"])
