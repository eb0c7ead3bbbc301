"""Days and times are written as the language does."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from PySide6.QtCore import QLocale

from app.ui.moments import day_text, time_text


@pytest.fixture(params=["de_DE", "en_GB"])
def locale(request: pytest.FixtureRequest) -> Iterator[str]:
    before = QLocale()
    QLocale.setDefault(QLocale(request.param))
    yield request.param
    QLocale.setDefault(before)


def test_a_day_is_written_as_the_country_does(locale: str) -> None:
    assert day_text("2026-11-03") == {"de_DE": "03.11.26", "en_GB": "03/11/2026"}[locale]


def test_a_moment_is_told_by_the_clock_here(locale: str) -> None:
    here = datetime(2026, 11, 3, 9, 5).astimezone()
    assert time_text(here.astimezone(UTC).isoformat()) == f"{day_text('2026-11-03')} 09:05"
    assert day_text(here.astimezone(UTC).isoformat()) == day_text("2026-11-03")
