"""Texts that share much of their words, measured on documents' revisions where they can be had."""

import gzip
import json
import os
import random
from pathlib import Path

import pytest

from app.worker.near_duplicates import similar_pairs

WORDS = [f"word{n}" for n in range(400)]


def test_the_share_that_is_told_is_exact() -> None:
    one, two = " ".join(WORDS[:200]), " ".join(WORDS[50:250])
    ((first, second, share),) = similar_pairs({7: one, 9: two}, 0.2)
    assert (first, second) == (7, 9)
    assert share == pytest.approx(146 / 246)


def test_strangers_and_short_texts_are_no_pairs() -> None:
    texts = {1: " ".join(WORDS[:200]), 2: " ".join(WORDS[200:]), 3: "too short", 4: "too short"}
    assert list(similar_pairs(texts, 0.2)) == []


def test_a_changed_word_here_and_there_is_seen_through() -> None:
    chance = random.Random(1)
    texts = {}
    for number in range(20):
        words = [f"{number}-{chance.randrange(10**6)}" for _ in range(300)]
        texts[2 * number] = " ".join(words)
        for _ in range(5):
            words[chance.randrange(300)] = "changed"
        texts[2 * number + 1] = " ".join(words)
    assert {pair[:2] for pair in similar_pairs(texts, 0.5)} == {(2 * n, 2 * n + 1) for n in range(20)}


@pytest.mark.skipif("DONJON_DATA" not in os.environ, reason="DONJON_DATA names no folder of real revisions")
def test_revisions_of_a_page_are_told_from_other_pages() -> None:
    with gzip.open(Path(os.environ["DONJON_DATA"]) / "neardup" / "doc_revision_pairs.jsonl.gz", "rt") as lines:
        rows = [json.loads(line) for line in lines]
    found = right = missed = 0
    for row in rows:
        is_pair = bool(list(similar_pairs({1: row["a"], 2: row["b"]}, 0.25)))
        found += is_pair
        right += is_pair and row["kind"] == "revision"
        missed += not is_pair and row["kind"] == "revision"
    print(f"precision {right / found:.3f}, recall {right / (right + missed):.3f} of {len(rows)} pairs")
    assert right / found >= 0.99
    assert right / (right + missed) >= 0.75
