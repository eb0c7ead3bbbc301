"""A run as a value: where it stands, and what a change of an answer keeps."""

from dataclasses import replace

import pytest

from app.domain.playbook import Playbook
from app.domain.playbook_check import read_playbook
from app.domain.playbook_map import playbook_map
from app.domain.playbook_record import record
from app.domain.playbook_run import Done, Run, adapt, back, fits, position, progress, rewind, take

TEXT = """title = "Trip"
description = "A trip."

[[step]]
id = "where"
kind = "ask"
title = "Where to?"
next = "how"

[[step]]
id = "how"
kind = "ask"
title = "How to {where}?"
options = [{ id = "train", text = "By train", next = "look" }, { id = "car", text = "By car", next = "plate" }]

[[step]]
id = "plate"
kind = "ask"
title = "Number plate?"
next = "look"

[[step]]
id = "look"
kind = "look_up"
title = "Rules"
query = "rules for {where}"
next = "who"
otherwise = "who"

[[step]]
id = "who"
kind = "ask"
title = "Who?"
next = "fork"

[[step]]
id = "fork"
kind = "branch"
on = "how"
cases = [{ answers = ["car"], next = "end_car" }]
next = "end"

[[step]]
id = "end"
kind = "finish"
title = "Go to {where}"
advice = ["Take {who} along.", "Park at {plate}."]

[[step]]
id = "end_car"
kind = "finish"
title = "Drive to {where}"
"""


@pytest.fixture
def trip() -> Playbook:
    playbook = read_playbook(TEXT, "trip").playbook
    assert playbook is not None
    return playbook


def run_of(trip: Playbook, *done: Done) -> Run:
    run = Run(trip.id, trip.digest, title=trip.title)
    for one in done:
        run = take(trip, run, one)
    return run


LOOKED = Done("look", "found", "Stay two nights.", model="Small", of="rules for Rome")
WHOLE = (Done("where", "Rome"), Done("how", "train"), LOOKED, Done("who", "Kim"))


def steps(run: Run) -> list[str]:
    return [done.step for done in run.path]


def test_the_answers_say_where_a_run_stands(trip: Playbook) -> None:
    assert position(trip, run_of(trip)).id == "where"
    assert position(trip, run_of(trip, *WHOLE[:2])).id == "look"
    assert position(trip, run_of(trip, *WHOLE)).id == "end"


def test_another_way_keeps_what_still_applies(trip: Playbook) -> None:
    stood = rewind(trip, run_of(trip, *WHOLE), 1)
    assert position(trip, stood).id == "how"
    by_car = take(trip, stood, Done("how", "car"))
    assert position(trip, by_car).id == "plate"
    driven = take(trip, by_car, Done("plate", "D 1"))
    assert steps(driven) == ["where", "how", "plate", "look", "who"]
    assert position(trip, driven).id == "end_car"


def test_what_a_model_made_of_another_input_does_not_apply(trip: Playbook) -> None:
    changed = take(trip, rewind(trip, run_of(trip, *WHOLE), 0), Done("where", "Oslo"))
    assert steps(changed) == ["where", "how"]
    assert position(trip, changed).id == "look"
    looked = take(trip, changed, Done("look", "nothing", of="rules for Oslo"))
    assert steps(looked)[-1] == "who"


def test_back_stands_before_the_persons_own_last_answer(trip: Playbook) -> None:
    stood = back(trip, run_of(trip, *WHOLE[:3]))
    assert position(trip, stood).id == "how"
    assert steps(take(trip, stood, Done("how", "train"))) == ["where", "how", "look"]
    assert position(trip, back(trip, run_of(trip))).id == "where"


def test_of_a_changed_playbook_the_answers_that_still_apply_are_kept(trip: Playbook) -> None:
    run = run_of(trip, *WHOLE)
    changed = read_playbook(TEXT.replace('id = "train", text', 'id = "rail", text'), "trip").playbook
    assert changed is not None
    adapted = adapt(changed, run)
    assert position(changed, adapted).id == "how"
    assert adapt(trip, run) is run


def test_only_answers_that_fit_are_taken(trip: Playbook) -> None:
    how, where = trip.steps[1], trip.steps[0]
    assert fits(how, "car")
    assert not fits(how, "plane")
    assert not fits(where, "  ")
    assert not fits(where, "x" * 100_000)
    assert not fits(trip.steps[-1], "x")


def test_progress_grows_to_the_whole(trip: Playbook) -> None:
    shares = [progress(trip, run_of(trip, *WHOLE[:n])).share for n in range(5)]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)
    assert progress(trip, run_of(trip)).of == 4


def test_the_map_says_where_one_stands(trip: Playbook) -> None:
    places = {place.step: place.state for place in playbook_map(trip, run_of(trip, *WHOLE[:2]))}
    assert places == {
        "where": "done",
        "how": "done",
        "plate": "off",
        "look": "now",
        "who": "ahead",
        "end": "ahead",
        "end_car": "ahead",
    }


def test_the_record_names_ai_sources_and_nothing_that_was_not_asked(trip: Playbook) -> None:
    text = record(trip, run_of(trip, *WHOLE))
    assert "AI (Small), on this device" in text
    assert "## Go to Rome" in text
    assert "- Take Kim along." in text
    assert "Park at" not in text
    by_hand = run_of(trip, *WHOLE[:2], Done("look", "nothing"))
    assert "No AI had a part" in record(trip, by_hand)
    assert "the next step is “Who?”" in record(trip, by_hand)


def test_the_record_carries_no_html_and_no_pictures(trip: Playbook) -> None:
    hostile = replace(WHOLE[0], answer="<img src=x> ![](https://a.example/b)")
    text = record(trip, run_of(trip, hostile))
    assert "<img" not in text
    assert "![](" not in text
