"""What texts look like: every kind once as people meet it, what is close to it and is not, and bounds on the work."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.detectors import KINDS, MOST, Kind, best_of, detect, redact
from app.domain.kind_texts import LOOKS_LIKE
from app.domain.next_steps import GENERAL, STEPS, next_steps

SEEN: dict[Kind, str] = {
    "secret": "Use this for the nightly job:\nDB_PASSWORD=kX93hfa71qPz\n",
    "stack_trace": (
        'Traceback (most recent call last):\n  File "labels.py", line 12, in <module>\n    run()\n'
        "ValueError: no printer is called hall-3\n"
    ),
    "log": "\n".join(f"2026-03-01 09:1{n}:22,01{n} ERROR printer queue {n} is full" for n in range(6)),
    "suspicious_mail": (
        "From: Service <it@example.test>\nSubject: Urgent\n\nDear customer,\nyour account has been suspended. Click"
        " here within 24 hours to verify your account, or you will be removed.\n"
    ),
    "email": (
        "From: Mara <mara@example.test>\nTo: Kim <kim@example.test>\nSubject: Thursday\n\nHi Kim,\n\nshall we meet at"
        " two to go through the plan?\n\nBest regards\nMara\n"
    ),
    "transcript": "\n".join(f"{('Mara', 'Kim')[n % 2]}: I think the plan for week {n} is fine." for n in range(8)),
    "incident": (
        "Checkout was unavailable for 40 minutes. A configuration error in the new release took down two database"
        " servers; customers could not pay. Service was restored by a rollback.\n"
    ),
    "contract": (
        "1.1 The parties agree as follows.\n1.2 This Agreement takes effect on the Effective Date.\n2.1 Neither party"
        " shall be liable for breach beyond the amounts paid.\n3.1 The governing law is that of Ireland; termination"
        " needs notice."
    ),
    "ticket": (
        "Ticket: 4711\nPriority: high\nReported by: Kim\nDescription: I cannot log in since this morning, it says"
        " access denied.\n"
    ),
    "table": "name;city;amount\nMara;Bonn;12\nKim;Köln;7\nNoor;Trier;31\n",
    "code": "def nights(days: int) -> int:\n    if days < 1:\n        return 0\n    return days - 1\n",
    "url": "https://intranet.example.test/handbook/travel#hotels",
}


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_seen_for_what_it_is(kind: Kind) -> None:
    found = best_of(detect(SEEN[kind]))
    assert found is not None
    assert found.kind == kind
    assert found.because


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Hello",
        "The canteen opens at half past eleven. Soup is two euros; bread, butter and water are free of charge.",
        "Our watches are water-proof to fifty metres, and their batteries last for three years.\nThey come in blue.",
        "Milk\nBread\nCheese\nTwelve eggs",
    ],
)
def test_what_is_none_of_them_is_left_alone(text: str) -> None:
    assert best_of(detect(text)) is None


def test_german_is_understood_too() -> None:
    mail = "Von: Mara\nBetreff: Termin\n\nHallo Kim,\n\npasst dir Donnerstag?\n\nViele Grüße\nMara"
    lure = "Sehr geehrter Kunde,\nIhr Konto wurde gesperrt. Klicken Sie hier und bestätigen Sie Ihre Daten sofort!!!"
    for text, kind in ((mail, "email"), (lure, "suspicious_mail")):
        found = best_of(detect(text))
        assert found is not None
        assert found.kind == kind


def test_a_secret_counts_before_anything_else() -> None:
    found = best_of(detect(SEEN["email"] + "\n" + SEEN["secret"]))
    assert found is not None
    assert found.kind == "secret"


def test_a_prose_mention_of_a_password_is_no_secret() -> None:
    assert all(one.kind != "secret" for one in detect("Your password: at least twelve characters, changed yearly."))


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=400), st.integers(1, 60))
def test_any_text_may_be_shown(text: str, times: int) -> None:
    assert all(0 < one.belief <= 1 for one in detect(text * times))
    redact(text * times)


def test_no_text_makes_the_work_grow_beyond_its_bound() -> None:
    unkind = (
        "a" * 40 + ":",
        "#" * 200,
        "@" * 80,
        "A B " * 50,
        "password" * 9,
        "1.1 " * 40,
        "From: ",
        "x_" * 120,
        "[(" * 99,
    )

    def seconds(length: int) -> float:
        started = time.perf_counter()
        for piece in unkind:
            detect(piece * (length // len(piece)))
        return time.perf_counter() - started

    seconds(MOST)  # warm
    bound = min(seconds(MOST) for _ in range(3))
    assert seconds(50 * MOST) < 20 * bound + 1  # fifty times the text, and only its beginning is looked at


def test_secrets_are_taken_out_and_the_rest_stays() -> None:
    key = "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA\n-----END RSA PRIVATE KEY-----"
    text = f"before\n{key}\nmiddle DB_PASSWORD=kX93hfa71qPz after\nAKIAABCDEFGHIJKLMNOP\n4111 1111 1111 1111\nend"
    clean = redact(text)
    for gone in ("MIIE", "kX93", "AKIA", "4111"):
        assert gone not in clean
    for kept in ("before", "middle", "after", "end", "[private key removed]", "[card number removed]"):
        assert kept in clean
    assert redact("nothing to hide") == "nothing to hide"


def test_a_key_without_an_end_is_taken_out_to_the_end() -> None:
    assert "MIIE" not in redact("x\n-----BEGIN PRIVATE KEY-----\nMIIE\nMIIE")


def test_each_kind_has_three_steps_and_a_text() -> None:
    assert set(LOOKS_LIKE) == set(KINDS)
    for kind in (*KINDS, None):
        steps = next_steps(kind)
        assert len({step.id for step in steps}) == 3
    assert [step.id for step in next_steps(None)] == list(GENERAL)
    for step in STEPS.values():
        assert bool(step.instruction) == (step.act == "write")
        assert bool(step.playbook) == (step.act == "playbook")
