"""Limits that a process puts on itself before it reads an untrusted file.

Memory, processor time, written files and open files are capped by the system where it has such caps (not on Windows).
Network and child processes are refused by an audit hook, and on Linux, where the kernel grants it, by a network
namespace without any interface. The hook is in this very process: it stops a library that phones home, not an attacker
who already runs native code here; against that one only the namespace stands.
"""

import ctypes
import math
import sys
from typing import Final

MEMORY = 2 * 1024**3  # bytes of address space
OPEN_FILES = 64
_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
_REFUSED: Final = ("socket.", "subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork")


def confine() -> None:
    """Apply all limits but that on processor time, which is for each file: see `allow_processor_time`."""
    _cap_resources()
    if sys.platform == "linux":
        # Refused in some containers; then the hook stands alone.
        ctypes.CDLL(None).unshare(_CLONE_NEWUSER | _CLONE_NEWNET)
    sys.addaudithook(_refuse)


def allow_processor_time(seconds: int) -> None:
    """Let the process compute for so long from now on; the system ends it after that."""
    if sys.platform == "win32":
        return
    import resource

    used = resource.getrusage(resource.RUSAGE_SELF)
    _cap(resource.RLIMIT_CPU, math.ceil(used.ru_utime + used.ru_stime) + seconds)


def _refuse(event: str, _arguments: object) -> None:
    if event.startswith(_REFUSED):
        raise PermissionError(f"{event} is not for a process that reads untrusted files")


def _cap_resources() -> None:
    if sys.platform == "win32":
        return
    import resource

    _cap(resource.RLIMIT_AS, MEMORY)
    _cap(resource.RLIMIT_FSIZE, 0)
    _cap(resource.RLIMIT_NOFILE, OPEN_FILES)
    _cap(resource.RLIMIT_CORE, 0)


def _cap(limit: int, value: int) -> None:
    if sys.platform == "win32":
        return
    import resource

    hard = resource.getrlimit(limit)[1]
    allowed = value if hard == resource.RLIM_INFINITY else min(value, hard)
    try:
        resource.setrlimit(limit, (allowed, hard))
    except (ValueError, OSError) as error:  # macOS has no cap on address space
        print(f"no cap {limit}: {error}", file=sys.stderr)
