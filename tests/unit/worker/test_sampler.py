"""The likeliest token, found without a chain of samplers, is the one that the chain finds."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.domain.models import LoadSettings, Sampling
from app.worker.interruption import Interruption
from app.worker.llama_engine import LlamaEngine, Part
from app.worker.sampler import Greedy, Sampler

GREEDY = Sampling(temperature=0.0)


@pytest.fixture(scope="module")
def engine(test_chat_model: Path) -> Iterator[LlamaEngine]:
    yield LlamaEngine(str(test_chat_model), "small", LoadSettings(context=256), lambda: False, Interruption())


def test_greedy_draws_what_the_chain_draws(engine: LlamaEngine) -> None:
    tokens = engine.tokenise("The harbour office keeps a record of every ship, its cargo and its crew.", special=False)
    engine.clear(0)
    engine.decode([Part(0, 0, tokens, len(tokens))])
    greedy, chain = engine.sampler(GREEDY, []), Sampler(engine._context, GREEDY, engine._vocabulary, [])
    assert isinstance(greedy, Greedy)
    rows = range(len(tokens))
    assert [greedy.draw(row) for row in rows] == [chain.draw(row) for row in rows]
    chain.close()
    greedy.close()


@pytest.mark.parametrize("sampling", [Sampling(temperature=0.3), Sampling(temperature=0.0, repeat_penalty=1.1)])
def test_any_other_rule_takes_the_chain(engine: LlamaEngine, sampling: Sampling) -> None:
    sampler = engine.sampler(sampling, [])
    assert isinstance(sampler, Sampler)
    sampler.close()
