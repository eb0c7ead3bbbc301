"""How many threads compute."""

import pytest

from app.domain.power import Power, thread_count


@pytest.mark.parametrize(
    ("power", "chosen", "save", "expected"),
    [
        (Power(8), 0, True, 8),
        (Power(8, on_battery=True), 0, True, 4),
        (Power(7, on_battery=True), 0, True, 3),
        (Power(1, on_battery=True), 0, True, 1),
        (Power(8, on_battery=True), 0, False, 8),
        (Power(8, on_battery=True), 6, True, 6),
    ],
)
def test_half_the_cores_on_battery_unless_the_person_chose(
    power: Power, chosen: int, save: bool, expected: int
) -> None:
    assert thread_count(power, chosen, save=save) == expected
