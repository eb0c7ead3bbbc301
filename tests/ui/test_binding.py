"""The Qt binding itself: one that loses references to True or None aborts the window after a minute of streaming."""

import sys

from PySide6.QtCore import QObject, Signal
from pytestqt.qtbot import QtBot


class Sender(QObject):
    """Something that sends."""

    sent = Signal(int)


def test_signals_leave_the_reference_counts_of_constants_alone(qtbot: QtBot) -> None:
    sender, heard = Sender(), list[int]()
    sender.sent.connect(heard.append)
    constants = (True, False, None)
    before = [sys.getrefcount(constant) for constant in constants]
    for number in range(500):
        sender.sent.emit(number)
    after = [sys.getrefcount(constant) for constant in constants]
    assert len(heard) == 500
    assert all(now > then - 100 for then, now in zip(before, after, strict=True))
