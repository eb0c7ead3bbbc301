"""Trees of messages: what is left of one when a message goes."""

from hypothesis import given
from hypothesis import strategies as st

from app.domain.chat import Message, branch, pruned


def tree(*parents: int | None) -> list[Message]:
    """Messages by the numbers of those they follow; a question follows an answer, and the other way round."""
    messages: list[Message] = []
    for number, parent in enumerate(parents):
        asks = parent is None or messages[parent].role == "assistant"
        above = None if parent is None else str(parent)
        messages.append(Message(str(number), "c", above, "user" if asks else "assistant", f"text {number}", "now"))
    return messages


def shape(messages: list[Message]) -> dict[str, str | None]:
    return {message.id: message.parent_id for message in messages}


def test_a_question_goes_with_its_answers_and_what_followed_closes_up() -> None:
    chat = tree(None, 0, 1, 2, 3, 4)
    assert shape(pruned(chat, "2")) == {"0": None, "1": "0", "4": "1", "5": "4"}
    assert pruned(chat, "3") == pruned(chat, "2"), "an only answer goes with its question"
    assert shape(pruned(chat, "0")) == {"2": None, "3": "2", "4": "3", "5": "4"}


def test_a_version_goes_with_what_follows_it() -> None:
    chat = tree(None, 0, 0, 1, 3, 2)
    assert shape(pruned(chat, "1")) == {"0": None, "2": "0", "5": "2"}
    edited = tree(None, 0, None, 2, 3)
    assert shape(pruned(edited, "3")) == {"0": None, "1": "0"}, "an only answer of one version of a question"


@given(st.data())
def test_what_is_left_hangs_together(data: st.DataObject) -> None:
    parents: list[int | None] = [None]
    for number in range(1, data.draw(st.integers(1, 12))):
        parents.append(data.draw(st.one_of(st.none(), st.integers(0, number - 1))))
    chat = tree(*parents)
    gone = data.draw(st.sampled_from(chat))
    left = pruned(chat, gone.id)
    ids = [message.id for message in left]
    assert gone.id not in ids
    assert ids == [message.id for message in chat if message.id in ids], "the order stays"
    assert all(message.parent_id is None or message.parent_id in ids[: ids.index(message.id)] for message in left)
    for message in left:
        roles = [one.role for one in branch(left, message.id)]
        assert roles == ["user", "assistant"] * (len(roles) // 2) + ["user"] * (len(roles) % 2)
