"""Where a task is done: on the device first, and nothing leaves that must not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.data_class import CLASSES, DataClass, class_of, exceeds, highest
from app.domain.routing import TASKS, Availability, Bounds, Forbidden, Route, Task, choose, read_task_models

OPEN = Bounds(local_only=False, ceiling="internal")
BOTH = Availability("small", "gateway:large")
REMOTE = Availability("", "gateway:large", "no model is installed on this device")


def test_the_device_comes_first() -> None:
    assert choose("answer", "public", "", BOTH, OPEN) == Route("small", "device", "the model on the device comes first")


def test_the_gateway_steps_in_and_says_why() -> None:
    route = choose("answer", "internal", "", REMOTE, OPEN)
    assert route == Route("gateway:large", "gateway", "no model is installed on this device")


def test_the_person_may_pick_it() -> None:
    route = choose("answer", "internal", "gateway:large", BOTH, OPEN)
    assert route == Route("gateway:large", "gateway", "you chose it to answer")


def test_without_a_gateway_there_is_no_route() -> None:
    assert choose("answer", "public", "", Availability("", ""), OPEN) is None


@given(
    st.sampled_from(TASKS),
    st.sampled_from(CLASSES),
    st.sampled_from(["", "small", "gateway:large"]),
    st.builds(Availability, st.sampled_from(["", "small"]), st.sampled_from(["", "gateway:large"])),
    st.builds(Bounds, st.booleans(), st.sampled_from(CLASSES)),
)
def test_nothing_leaves_past_its_bounds(
    task: Task, data_class: DataClass, picked: str, there: Availability, bounds: Bounds
) -> None:
    route = choose(task, data_class, picked, there, bounds)
    if isinstance(route, Route):
        assert route.because or not there.lacking
        if route.where == "gateway":
            assert not bounds.local_only
            assert not exceeds(data_class, bounds.ceiling)
            assert picked.startswith("gateway:") or not there.device
    if isinstance(route, Forbidden):
        assert route.because


def test_a_turn_has_the_highest_class_of_what_is_in_it() -> None:
    assert highest(["public", "confidential", "internal"]) == "confidential"
    assert highest([]) == "internal"
    assert class_of("Contracts", {"Contracts": "restricted"}) == "restricted"
    assert class_of("Notes", {"Contracts": "restricted"}) == "internal"
    assert class_of("", {"Contracts": "restricted"}) == "restricted", "nobody knows any more where it came from"
    assert class_of("", {"Leaflets": "public"}) == class_of("", {}) == "internal", "it may be of any other collection"


def test_the_table_of_tasks_is_read_or_refused_with_a_reason() -> None:
    assert read_task_models("answer=gateway:large, title = small,") == {"answer": "gateway:large", "title": "small"}
    assert read_task_models("") == {}
    for wrong in ("answer", "answer=", "cook=small"):
        with pytest.raises(ValueError, match="belongs"):
            read_task_models(wrong)
