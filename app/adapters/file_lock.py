"""Exclusive locks on open files, which the operating system drops when their holder dies."""

import os
import sys

if sys.platform == "win32":
    import msvcrt

    _FAR_BEHIND_THE_TEXT = 1 << 20  # Windows locks bytes, and locked ones cannot be read

    def try_lock(descriptor: int) -> bool:
        """Lock the open file, at once or not at all."""
        os.lseek(descriptor, _FAR_BEHIND_THE_TEXT, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def try_lock(descriptor: int) -> bool:
        """Lock the open file, at once or not at all."""
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
