"""Frames: what was sent arrives; anything else ends the connection with a reason."""

import io
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.chat import PromptMessage
from app.domain.models import GenerationRequest
from app.wire.frames import MAX_PAYLOAD, VERSION, Fault, FrameError, FrameReader, FrameWriter
from app.wire.messages import CountTokens, FromGenerate, Generate, Generated, Ping, ToGenerate


def written(*messages: Generate | CountTokens | Ping | Generated) -> bytes:
    stream = io.BytesIO()
    writer = FrameWriter(stream)
    for message in messages:
        writer.write(message)
    return stream.getvalue()


def reader(data: bytes, messages: object = ToGenerate) -> FrameReader[ToGenerate]:
    return FrameReader(io.BytesIO(data), messages)


def fault_of(data: bytes) -> Fault:
    with pytest.raises(FrameError) as caught:
        reader(data).read()
    return caught.value.fault


@given(st.lists(st.text(), max_size=5), st.integers(0, 2**31))
def test_what_was_sent_arrives(texts: list[str], request: int) -> None:
    message = CountTokens(request=request, texts=[t.encode("utf-8", "replace").decode() for t in texts])
    stream = reader(written(message, Ping()))
    assert stream.read() == message
    assert stream.read() == Ping()
    assert stream.read() is None


def test_domain_objects_travel_inside_messages() -> None:
    message = Generate(request=7, generation=GenerationRequest("c", (PromptMessage("user", "héllo"),)))
    assert reader(written(message)).read() == message


class OneByteAtATime(io.BytesIO):
    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(min(size or 1, 1))


def test_a_frame_that_arrives_in_crumbs_is_whole() -> None:
    message = CountTokens(request=1, texts=["abc"])
    stream: FrameReader[ToGenerate] = FrameReader(OneByteAtATime(written(message)), ToGenerate)
    assert stream.read() == message


@given(st.binary(min_size=1, max_size=200))
def test_noise_never_does_more_than_end_the_connection(noise: bytes) -> None:
    try:
        message = reader(noise).read()
    except FrameError:
        return
    assert message is not None


@given(st.binary(max_size=200))
def test_a_well_framed_payload_of_noise_is_malformed_or_a_message(payload: bytes) -> None:
    frame = struct.pack(">2sBI", b"DJ", VERSION, len(payload)) + payload
    try:
        message = reader(frame).read()
    except FrameError as error:
        assert error.fault is Fault.MALFORMED
    else:
        assert isinstance(message, ToGenerate)


@given(st.data())
def test_a_cut_frame_is_truncated(data: st.DataObject) -> None:
    frame = written(CountTokens(request=1, texts=["abc"]))
    cut = data.draw(st.integers(1, len(frame) - 1))
    assert fault_of(frame[:cut]) is Fault.TRUNCATED


def test_each_fault_has_its_name() -> None:
    good = written(Ping())
    assert fault_of(b"XX" + good[2:]) is Fault.MAGIC
    assert fault_of(good[:2] + bytes([VERSION + 1]) + good[3:]) is Fault.VERSION
    assert fault_of(struct.pack(">2sBI", b"DJ", VERSION, MAX_PAYLOAD + 1)) is Fault.TOO_LARGE
    assert fault_of(written(Generated(request=1, text="only workers say this"))) is Fault.MALFORMED


def test_an_unknown_field_is_malformed() -> None:
    import msgspec

    payload = msgspec.msgpack.encode({"type": "Ping", "extra": 1})
    assert fault_of(struct.pack(">2sBI", b"DJ", VERSION, len(payload)) + payload) is Fault.MALFORMED


def test_deep_nesting_is_malformed_not_a_crash() -> None:
    payload = b"\x91" * 100_000 + b"\xc0"
    assert fault_of(struct.pack(">2sBI", b"DJ", VERSION, len(payload)) + payload) is Fault.MALFORMED


def test_an_oversized_message_is_refused_before_it_is_sent() -> None:
    stream = io.BytesIO()
    with pytest.raises(FrameError) as caught:
        FrameWriter(stream).write(CountTokens(request=1, texts=["x" * (MAX_PAYLOAD + 1)]))
    assert caught.value.fault is Fault.TOO_LARGE
    assert stream.getvalue() == b""


def test_both_directions_have_their_own_messages() -> None:
    frames: FrameReader[FromGenerate] = FrameReader(io.BytesIO(written(Generated(request=1, text="a"))), FromGenerate)
    assert frames.read() == Generated(request=1, text="a")
