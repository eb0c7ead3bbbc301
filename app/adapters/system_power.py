"""The processor's cores and the battery, by psutil, which knows them on Linux, Windows and macOS.

Never run on Windows, on macOS, or on a machine with a battery.
"""

import psutil

from app.domain.power import Power


def look_at_power() -> Power:
    """How it is now; cheap enough to ask before every answer."""
    battery = psutil.sensors_battery()
    return Power(_cores(), on_battery=battery is not None and battery.power_plugged is False)


def _cores() -> int:
    """Real cores, at most as many as this process may run on: a container may have been given a few of them."""
    process = psutil.Process()
    allowed = len(process.cpu_affinity()) if hasattr(process, "cpu_affinity") else psutil.cpu_count() or 1
    return max(1, min(psutil.cpu_count(logical=False) or allowed, allowed))
