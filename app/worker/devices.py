"""The devices worker: says what llama.cpp could compute on. Drivers may crash or print, so it is a process of its own.

The binding has no call for this, so ggml's own is made; it must be in the very library that llama.cpp has loaded, since
each copy keeps a register of its own. The names on macOS and Windows were never run.
"""

import ctypes
import sys
from pathlib import Path
from typing import BinaryIO, Final, Literal

import llama_cpp
import llama_cpp.llama_cpp as llama

from app.domain.fit import Device
from app.wire.messages import Devices, ListDevices, ToDevices
from app.worker.serve import Job, Server

_LIBRARIES: Final = {"linux": "libggml.so.0", "darwin": "libggml.0.dylib", "win32": "ggml.dll"}
_KINDS: Final[tuple[Literal["cpu", "gpu", "integrated", "accelerator"], ...]] = (
    "cpu",
    "gpu",
    "integrated",
    "accelerator",
)  # by the number of ggml_backend_dev_type


def run(pipes: tuple[BinaryIO, BinaryIO]) -> None:
    """Serve until the app goes away."""
    Server[ListDevices]("devices", ToDevices, _handle, pipes).run()


def _handle(message: ListDevices, job: Job) -> None:
    llama.llama_backend_init()
    job.send(Devices(message.request, tuple(list_devices()), bool(llama.llama_supports_gpu_offload())))


def list_devices() -> list[Device]:
    """Every device that ggml has registered, with its memory in bytes."""
    ggml = _ggml()
    return [_device(ggml, ctypes.c_void_p(ggml.ggml_backend_dev_get(n))) for n in range(ggml.ggml_backend_dev_count())]


def _ggml() -> ctypes.CDLL:
    folder = Path(llama_cpp.__file__).parent / "lib"
    ggml = ctypes.CDLL(str(folder / _LIBRARIES.get(sys.platform, _LIBRARIES["linux"])))
    ggml.ggml_backend_dev_count.restype = ctypes.c_size_t
    ggml.ggml_backend_dev_get.argtypes = [ctypes.c_size_t]
    ggml.ggml_backend_dev_get.restype = ctypes.c_void_p
    for name in ("ggml_backend_dev_name", "ggml_backend_dev_description"):
        getattr(ggml, name).argtypes = [ctypes.c_void_p]
        getattr(ggml, name).restype = ctypes.c_char_p
    ggml.ggml_backend_dev_type.argtypes = [ctypes.c_void_p]
    ggml.ggml_backend_dev_type.restype = ctypes.c_int
    size = ctypes.POINTER(ctypes.c_size_t)
    ggml.ggml_backend_dev_memory.argtypes = [ctypes.c_void_p, size, size]
    ggml.ggml_backend_dev_memory.restype = None
    return ggml


def _device(ggml: ctypes.CDLL, handle: ctypes.c_void_p) -> Device:
    free, total = ctypes.c_size_t(), ctypes.c_size_t()
    ggml.ggml_backend_dev_memory(handle, ctypes.byref(free), ctypes.byref(total))
    kind = ggml.ggml_backend_dev_type(handle)
    return Device(
        name=ggml.ggml_backend_dev_name(handle).decode("utf-8", "replace"),
        description=ggml.ggml_backend_dev_description(handle).decode("utf-8", "replace"),
        kind=_KINDS[kind] if 0 <= kind < len(_KINDS) else "accelerator",
        free=free.value,
        total=total.value,
    )
