"""Lets work that nobody waits for give way: to an answer that somebody waits for, and to the battery.

Never run on Windows, on macOS, or on a machine with a battery.
"""

import ctypes
import os
import sys

import psutil

# Of Linux, where 19 is the lowest. Measured on two cores, tokens per second of a small model's answer beside indexing,
# to the same answer alone: 0.01 without giving way, as threads that wait for each other are kept from it in turn; 0.71
# at 10; 0.9 at 19, but there any other program that computes would bring indexing to a halt.
_NICENESS = 10
_QOS_CLASS_UTILITY = 0x11  # of macOS
_THREAD_PRIORITY_BELOW_NORMAL = -1  # of Windows


def is_on_battery() -> bool:
    """Whether the machine runs on its battery now."""
    battery = psutil.sensors_battery()
    return battery is not None and battery.power_plugged is False


def give_way() -> None:
    """Lower the priority of the calling thread, and on Linux of those that it starts, for good.

    A thread, not the process: only an administrator may raise a priority again, and the process has work that somebody
    waits for, too.
    """
    if sys.platform == "win32":
        kernel = ctypes.WinDLL("kernel32")
        kernel.SetThreadPriority(kernel.GetCurrentThread(), _THREAD_PRIORITY_BELOW_NORMAL)
    elif sys.platform == "darwin":
        ctypes.CDLL(None).pthread_set_qos_class_self_np(_QOS_CLASS_UTILITY, 0)
    else:
        os.setpriority(os.PRIO_PROCESS, 0, _NICENESS)  # 0: on Linux the thread that calls
