"""What is said of a download on its way."""

import pytest

from app.cli.model_commands import how_far
from app.domain.events import DownloadProgress


@pytest.mark.parametrize(
    ("progress", "text"),
    [
        (DownloadProgress("m", 5_000_000, 4_000_000_000), "5 of 4000 MB"),
        (DownloadProgress("m", 5_000_000, 4_000_000_000, 2_500_000.0, 1598.0), "5 of 4000 MB, 2.5 MB/s, 27 min left"),
        (DownloadProgress("m", 5_000_000, 40_000_000, 2_500_000.0, 14.0), "5 of 40 MB, 2.5 MB/s, 14 s left"),
        (DownloadProgress("m", 40_000_000, 40_000_000, 2_500_000.0, 0.0), "40 of 40 MB, 2.5 MB/s"),
        (DownloadProgress("m", 5_000_000, 40_000_000, 0.0, None), "5 of 40 MB"),
    ],
)
def test_speed_and_time_left_are_said_where_known(progress: DownloadProgress, text: str) -> None:
    assert how_far(progress) == text
    assert len(text) <= 48  # what the line has room for
