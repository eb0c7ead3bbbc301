"""The machine's memory and devices; llama.cpp's own list comes from a disposable process."""

import threading

import psutil

from app.adapters.worker_process import WorkerProcess
from app.domain.fit import Device, Machine
from app.wire.messages import Devices, FromDevices, ListDevices

TIME_LIMIT_S = 30.0  # a graphics driver may take its time to wake


class DeviceProcess:
    """Implements `ports.machine.MachineProbe`.

    Without a graphics card the list is asked for once; with one, each time, because its free memory changes.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: Devices | None = None

    def look(self) -> Machine:
        """See `MachineProbe.look`."""
        with self._lock:
            if self._known is None or any(_has_memory_of_its_own(device) for device in self._known.devices):
                self._known = self._ask()
            known = self._known
        memory = psutil.virtual_memory()
        return Machine(memory.available, memory.total, known.devices, known.offload)

    def _ask(self) -> Devices:
        worker: WorkerProcess[FromDevices] = WorkerProcess("devices", FromDevices)
        try:
            return worker.ask(ListDevices(worker.next_request()), Devices, time_limit=TIME_LIMIT_S)
        finally:
            worker.stop()


def _has_memory_of_its_own(device: Device) -> bool:
    return device.kind != "cpu"
