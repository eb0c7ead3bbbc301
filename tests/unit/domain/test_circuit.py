"""The circuit breaker: rests after failures in a row, then lets one through."""

from app.domain.circuit import Circuit


def test_failures_in_a_row_open_it_and_one_request_tries_again() -> None:
    circuit = Circuit(failures=2, rest_s=30)
    circuit.failed(100)
    assert circuit.rest(100) == 0
    circuit.failed(101)
    assert circuit.rest(111) == 20
    assert circuit.rest(131) == 0, "the first after the rest may try"
    assert circuit.rest(132) == 29, "the others wait for what it finds"
    circuit.succeeded()
    assert circuit.rest(132) == 0


def test_only_failures_in_a_row_count() -> None:
    circuit = Circuit(failures=2, rest_s=30)
    circuit.failed(1)
    circuit.succeeded()
    circuit.failed(2)
    assert circuit.rest(3) == 0
