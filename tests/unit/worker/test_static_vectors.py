"""Coarse vectors: near where the texts share what matters, and ready for texts without a known word."""

from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer, models, pre_tokenizers, processors

from app.worker import static_vectors
from app.worker.static_vectors import STATIC_FILE, StaticVectors, distil

WORDS = ["[CLS]", "[SEP]", "[UNK]", "the", "of", "cat", "dog", "bank", "money"]
MEANINGS = {"of": (0.2, 0.9), "cat": (1.0, 0.1), "dog": (0.9, 0.2), "bank": (0.1, 1.0), "money": (0.2, 0.9)}


@pytest.fixture
def tokenizer() -> Tokenizer:
    """One token a word."""
    made = Tokenizer(models.WordLevel({word: number for number, word in enumerate(WORDS)}, unk_token="[UNK]"))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    made.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B [SEP]", special_tokens=[("[CLS]", 0), ("[SEP]", 1)]
    )
    return made


def meaning(ids: list[list[int]]) -> np.ndarray:
    """An embedder of two dimensions and some noise, which is given each token in its frame."""
    assert all((first, last) == (0, 1) for first, _, last in ids)
    chance = np.random.default_rng(3)
    return np.array([(*MEANINGS.get(WORDS[one], (0.5, 0.5)), *chance.normal(0, 0.01, 6)) for _, one, _ in ids])


@pytest.fixture
def static(tokenizer: Tokenizer, tmp_path: Path) -> StaticVectors:
    """Of that embedder."""
    np.save(tmp_path / STATIC_FILE, distil(tokenizer, meaning, lambda _done, _total: None))
    return StaticVectors(tmp_path, tokenizer, "hash")


def test_texts_about_the_same_are_near(static: StaticVectors) -> None:
    cat, dog, bank = static.of(["the cat of the dog", "dog", "the money of the bank"])
    assert cat @ dog > 0.8
    assert cat @ bank < 0.0
    assert np.linalg.norm(cat) == pytest.approx(1.0, abs=1e-3)


def test_a_text_without_a_known_token_is_near_nothing(static: StaticVectors) -> None:
    assert not static.of(["", "🙂"])[0].any()


def test_a_frequent_word_counts_for_less(static: StaticVectors) -> None:
    assert np.linalg.norm(static._table[4]) < np.linalg.norm(static._table[8])  # "of" and "money"


def test_a_vocabulary_without_end_is_cut(tokenizer: Tokenizer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(static_vectors, "VOCABULARY", 6)
    np.save(tmp_path / STATIC_FILE, distil(tokenizer, meaning, lambda _done, _total: None))
    short = StaticVectors(tmp_path, tokenizer, "hash")
    assert short.of(["cat"])[0].any()
    assert not short.of(["money"])[0].any()
