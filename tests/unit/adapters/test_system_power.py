"""The battery and the cores, with psutil's answers of other machines."""

from typing import Any

import psutil
import pytest

from app.adapters.system_power import look_at_power


class Battery:
    """What psutil says of a battery."""

    def __init__(self, plugged: bool | None) -> None:
        self.power_plugged = plugged


@pytest.mark.parametrize(
    ("battery", "expected"), [(None, False), (Battery(False), True), (Battery(True), False), (Battery(None), False)]
)
def test_only_an_unplugged_battery_counts(monkeypatch: pytest.MonkeyPatch, battery: Any, expected: bool) -> None:
    monkeypatch.setattr(psutil, "sensors_battery", lambda: battery)
    assert look_at_power().on_battery is expected


def test_a_container_has_the_cores_that_it_was_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psutil, "cpu_count", lambda logical=True: 64 if logical else 32)
    monkeypatch.setattr(psutil.Process, "cpu_affinity", lambda _: [0, 1], raising=False)
    assert look_at_power().cores == 2


def test_this_machine_has_a_core() -> None:
    assert look_at_power().cores >= 1
