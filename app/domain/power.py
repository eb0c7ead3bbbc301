"""How many threads a model computes with: one for each real core of the processor, half as many on battery.

Writing an answer waits for memory more than for arithmetic, so half the cores cost less than half the speed, and a
second thread on a core that has one already costs time.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Power:
    """What there is to compute with, and what it runs on."""

    cores: int  # real ones that this program may use; a core that runs two threads counts once
    on_battery: bool = False


def thread_count(power: Power, chosen: int, *, save: bool) -> int:
    """The threads to compute with: those that the person chose, 0 for as many as suit; with `save` fewer on battery."""
    if chosen:
        return chosen
    return max(1, power.cores // 2 if save and power.on_battery else power.cores)
