"""Text comes out as it went in, whatever the tokens' borders."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.models import LoadSettings
from app.worker.detokenise import Detokeniser, StopStrings
from app.worker.interruption import Interruption
from app.worker.llama_engine import LlamaEngine

CODE = "def f():\n" + " " * 64 + "return {\n\t\t\t\t'ü': [1,\n" + " " * 37 + "2]}\n"
EMOJI = "family 👨‍👩‍👧‍👦, flag 🏳️‍🌈, skin 👍🏽, 漢字, हिन्दी, naïve"


@pytest.fixture(scope="module")
def engine(test_chat_model: Path) -> Iterator[LlamaEngine]:
    yield LlamaEngine(str(test_chat_model), "small", LoadSettings(context=256), lambda: False, Interruption())


@pytest.mark.parametrize("text", [CODE, EMOJI, CODE + EMOJI])
def test_the_real_vocabulary_round_trips(engine: LlamaEngine, text: str) -> None:
    tokens = engine.tokenise(text, special=False)
    detokeniser = Detokeniser(engine.piece)
    pieces = [detokeniser.push(token) for token in tokens]
    assert "".join(pieces) + detokeniser.flush() == text
    assert "\ufffd" not in "".join(pieces)


def test_tokens_longer_than_any_buffer_come_out_whole(engine: LlamaEngine) -> None:
    spaces = " " * 600
    tokens = engine.tokenise(spaces, special=False)
    assert max(len(engine.piece(token)) for token in tokens) > 32
    assert b"".join(engine.piece(token) for token in tokens).decode() == spaces


def test_control_tokens_are_not_text(engine: LlamaEngine) -> None:
    assert [engine.piece(token) for token in engine.tokenise("<|im_end|>", special=True)] == [b""]
    assert b"".join(engine.piece(t) for t in engine.tokenise("<|im_end|>", special=False)) == b"<|im_end|>"


@given(st.text(), st.data())
def test_any_split_of_utf8_comes_out_right(text: str, data: st.DataObject) -> None:
    encoded = text.encode("utf-8", "replace")
    cuts = sorted(data.draw(st.lists(st.integers(0, len(encoded)), max_size=8)))
    parts = [encoded[a:b] for a, b in zip([0, *cuts], [*cuts, len(encoded)], strict=True)]
    detokeniser = Detokeniser(lambda number: parts[number])
    shown = "".join(detokeniser.push(number) for number in range(len(parts)))
    assert shown + detokeniser.flush() == encoded.decode()


def test_a_character_cut_off_at_the_end_shows_as_such() -> None:
    detokeniser = Detokeniser(lambda _: "é".encode()[:1])
    assert detokeniser.push(0) == ""
    assert detokeniser.flush() == "\ufffd"


def test_a_stop_string_over_two_pieces_is_never_shown() -> None:
    stops = StopStrings(["\nUser:"])
    assert stops.push("fine\nUs") == "fine"
    assert stops.push("er: hello") == ""
    assert stops.found
    assert stops.flush() == ""


def test_what_only_looked_like_a_stop_string_is_shown_at_the_end() -> None:
    stops = StopStrings(["</answer>"])
    assert stops.push("a </ans") == "a "
    assert stops.flush() == "</ans"


@settings(max_examples=300)
@given(st.lists(st.text(alphabet="ab#", max_size=4), max_size=12), st.text(alphabet="ab#", min_size=1, max_size=4))
def test_held_back_text_adds_up_to_what_precedes_the_stop(pieces: list[str], stop: str) -> None:
    stops = StopStrings([stop])
    shown = "".join(stops.push(piece) for piece in pieces) + stops.flush()
    assert shown == "".join(pieces).split(stop)[0]
    assert stops.found == (stop in "".join(pieces))
