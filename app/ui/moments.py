"""Days and times as the person's language and country write them."""

from datetime import date, datetime

from PySide6.QtCore import QDate, QLocale, QTime


def day_text(day: str) -> str:
    """A day, ISO 8601; of a moment, the day that it was here."""
    return _day(datetime.fromisoformat(day).astimezone().date() if "T" in day else date.fromisoformat(day))


def time_text(moment: str) -> str:
    """The day and the minute of a moment, ISO 8601, as the clock here showed it."""
    at = datetime.fromisoformat(moment).astimezone()
    clock = QLocale().toString(QTime(at.hour, at.minute), QLocale.FormatType.ShortFormat)
    return f"{_day(at.date())} {clock}"


def _day(day: date) -> str:
    return QLocale().toString(QDate(day.year, day.month, day.day), QLocale.FormatType.ShortFormat)
