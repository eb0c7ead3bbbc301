"""The metrics of experiments, and what is told from them."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.experiments import (
    Axes,
    Question,
    Result,
    Run,
    Score,
    Variant,
    bootstrap,
    ndcg,
    resolve,
    score,
    summarise,
    variants,
    verdict,
)
from app.domain.library import Passage
from app.domain.ranking import FUSION_METHODS

PRESENT = Variant(160, "mini", "blend", 4)


def passage(document: str, page: int = 0) -> Passage:
    return Passage(1, document, f"/{document}", "", page, 0, 1, "", "text", 1.0, {})


def scores(values: list[float]) -> tuple[Score, ...]:
    return tuple(Score(value, value, value, 10.0 * place) for place, value in enumerate(values, 1))


def test_a_document_counts_once_where_its_best_passage_stands() -> None:
    found = [passage("b"), passage("b"), passage("a"), passage("c")]
    measured = score(Question("?", ("a", "c")), found, 3, 5.0)
    assert measured.recall == 0.5
    assert measured.reciprocal_rank == 0.5
    assert measured.ndcg == pytest.approx((1 / math.log2(3) + 1 / math.log2(4)) / (1 + 1 / math.log2(3)))


def test_a_question_with_a_page_looks_for_that_page() -> None:
    found = [passage("a", 1), passage("a", 2)]
    assert score(Question("?", ("a",), 2), found, 1, 0.0).recall == 0.0
    assert score(Question("?", ("a",), 2), found, 2, 0.0).reciprocal_rank == 0.5
    assert score(Question("?", ("a",)), found, 1, 0.0).recall == 1.0


@given(st.lists(st.sampled_from("abcdef"), unique=True), st.frozensets(st.sampled_from("abc"), min_size=1))
def test_ndcg_is_a_share_and_whole_when_all_that_is_right_comes_first(ranked: list[str], right: frozenset[str]) -> None:
    assert 0 <= ndcg(ranked, right) <= 1
    assert ndcg([*sorted(right), *(one for one in ranked if one not in right)], right) == pytest.approx(1.0)


def test_an_interval_holds_the_mean_and_is_the_same_every_time() -> None:
    draw = random.Random(1)
    values = [draw.random() for _ in range(100)]
    estimate = bootstrap(values)
    assert estimate == bootstrap(values)
    assert estimate.low < estimate.mean < estimate.high
    assert estimate.high - estimate.low == pytest.approx(4 * 0.289 / 10, rel=0.3)  # four standard errors of a mean
    assert bootstrap(values, 0.999).low < estimate.low


def test_noise_is_no_gain_and_a_gain_is_one() -> None:
    draw = random.Random(2)
    before = [draw.random() for _ in range(80)]
    other = [value + draw.choice((-0.2, 0.2)) for value in before]
    better = [value + 0.05 * draw.random() for value in before]

    def told(values: list[float]) -> str:
        figures = summarise(scores(values), scores(before), 16)
        return verdict(Result(Variant(100), scores(values), figures, 1, 1), PRESENT)

    assert [told(other), told(better), told([value - 0.1 for value in before])] == ["unclear", "better", "worse"]


def test_times_are_told_by_their_quantiles() -> None:
    figures = summarise(scores([1.0] * 100), scores([1.0] * 100), 1)
    assert (figures.p50_ms, figures.p95_ms) == (510.0, 960.0)


def test_the_present_settings_come_first_and_those_that_share_an_index_together() -> None:
    axes = Axes((100, 160), ("mini", "large"), FUSION_METHODS, (4, 8))
    every = variants(Run(PRESENT, axes, (1,)))
    assert every[0] == PRESENT
    assert len(every) == len(set(every)) == 32
    keys = [(one.chunk_words, one.embedder) for one in every]
    assert len(dict.fromkeys(keys)) == sum(one != other for one, other in zip(keys, [None, *keys], strict=False))


def test_without_an_embedder_only_words_are_tried() -> None:
    run = Run(Variant(160, "", "words", 4), Axes((160,), ("",), FUSION_METHODS, (4, 8)), (1,))
    assert {one.fusion for one in variants(run)} == {"words"}


def test_documents_are_found_by_name_path_and_stem() -> None:
    names = ["Travel policy.pdf", "notes.md", "notes.txt"]
    assert resolve("C:\\docs\\Travel policy.pdf", names) == "Travel policy.pdf"
    assert resolve("travel POLICY", names) == "Travel policy.pdf"
    assert resolve("notes.txt", names) == "notes.txt"
    assert resolve("notes", names) is None
