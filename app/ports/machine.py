"""What this machine has to compute on."""

from typing import Protocol

from app.domain.fit import Machine


class MachineProbe(Protocol):
    """Looks at memory and devices."""

    def look(self) -> Machine:
        """What there is, and how much of it is free now. Raises AppError WORKER_*."""
        ...
