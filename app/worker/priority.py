"""Lets work that nobody waits for give way to an answer that somebody does. Never run on Windows or macOS."""

import ctypes
import os
import sys

_NICENESS = 19  # of Linux: the lowest
_QOS_CLASS_BACKGROUND = 0x09  # of macOS
_THREAD_PRIORITY_LOWEST = -2  # of Windows


def give_way() -> None:
    """Lower the priority of the calling thread, and on Linux of those that it starts, for good.

    A thread, not the process: only an administrator may raise a priority again, and the process has work that somebody
    waits for, too.
    """
    if sys.platform == "win32":
        kernel = ctypes.WinDLL("kernel32")
        kernel.SetThreadPriority(kernel.GetCurrentThread(), _THREAD_PRIORITY_LOWEST)
    elif sys.platform == "darwin":
        ctypes.CDLL(None).pthread_set_qos_class_self_np(_QOS_CLASS_BACKGROUND, 0)
    else:
        os.setpriority(os.PRIO_PROCESS, 0, _NICENESS)  # 0: on Linux the thread that calls
