"""The ledger's chain: whatever is done to the entries afterwards is seen."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from app.domain.audit import GENESIS, Entry, Head, canonical, make_entry, verify

facts = st.dictionaries(st.text(max_size=8), st.one_of(st.integers(), st.text(max_size=20), st.booleans()), max_size=4)


def chain(all_facts: list[dict[str, int | str | bool]]) -> list[Entry]:
    entries: list[Entry] = []
    for seq, one in enumerate(all_facts, 1):
        previous = entries[-1].hash if entries else GENESIS
        entries.append(make_entry(seq, f"2026-01-01T00:00:{seq:02}.000Z", "test", dict(one), previous))
    return entries


def head_of(entries: list[Entry]) -> Head:
    return Head(entries[-1].seq, entries[-1].hash)


@given(st.lists(facts, min_size=1, max_size=8))
def test_an_untouched_chain_is_intact(all_facts: list[dict[str, int | str | bool]]) -> None:
    entries = chain(all_facts)
    outcome = verify(entries, head_of(entries))
    assert outcome.intact
    assert outcome.entries == len(entries)


@given(st.lists(facts, min_size=1, max_size=8), st.data())
def test_an_edited_entry_is_named(all_facts: list[dict[str, int | str | bool]], data: st.DataObject) -> None:
    entries = chain(all_facts)
    place = data.draw(st.integers(0, len(entries) - 1))
    field = data.draw(st.sampled_from(["at", "kind", "facts"]))
    edited = [*entries]
    edited[place] = replace(entries[place], **{field: getattr(entries[place], field) + " "})
    outcome = verify(edited, head_of(entries))
    assert not outcome.intact
    assert outcome.broken_at == place + 1


@given(st.lists(facts, min_size=2, max_size=8), st.data())
def test_a_removed_entry_is_seen(all_facts: list[dict[str, int | str | bool]], data: st.DataObject) -> None:
    entries = chain(all_facts)
    place = data.draw(st.integers(0, len(entries) - 1))
    outcome = verify(entries[:place] + entries[place + 1 :], head_of(entries))
    assert not outcome.intact
    assert outcome.broken_at == place + 1


@given(st.lists(facts, min_size=2, max_size=8), st.data())
def test_swapped_entries_are_seen(all_facts: list[dict[str, int | str | bool]], data: st.DataObject) -> None:
    entries = chain(all_facts)
    place = data.draw(st.integers(0, len(entries) - 2))
    swapped = [*entries]
    swapped[place], swapped[place + 1] = swapped[place + 1], swapped[place]
    assert not verify(swapped, head_of(entries)).intact


@given(st.lists(facts, min_size=1, max_size=8), st.data())
def test_a_cut_off_end_is_seen(all_facts: list[dict[str, int | str | bool]], data: st.DataObject) -> None:
    entries = chain(all_facts)
    kept = data.draw(st.integers(0, len(entries) - 1))
    outcome = verify(entries[:kept], head_of(entries))
    assert not outcome.intact
    assert outcome.broken_at == kept + 1


def test_a_chain_rewritten_from_an_entry_on_does_not_meet_the_head() -> None:
    entries = chain([{"n": 1}, {"n": 2}, {"n": 3}])
    forged = [entries[0], make_entry(2, "2026-01-01T00:00:02.000Z", "test", {"n": 9}, entries[0].hash)]
    forged.append(make_entry(3, "2026-01-01T00:00:03.000Z", "test", {"n": 3}, forged[1].hash))
    assert not verify(forged, head_of(entries)).intact


def test_an_entry_written_just_before_a_crash_is_sound_though_the_head_is_older() -> None:
    entries = chain([{"n": 1}, {"n": 2}])
    assert verify(entries, head_of(entries[:1])).intact


def test_a_missing_head_is_seen() -> None:
    assert not verify(chain([{"n": 1}]), None).intact
    assert verify([], None).intact


def test_canonical_json_has_one_spelling() -> None:
    assert canonical({"b": 1, "a": ["é", True, None]}) == '{"a":["é",true,null],"b":1}'
