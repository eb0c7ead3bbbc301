"""What a chart of an Office document plots, as lines of a table."""

from collections.abc import Iterator
from typing import Any, Final

MAX_POINTS: Final = 1000

_C: Final = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
_A_TEXT: Final = "{http://schemas.openxmlformats.org/drawingml/2006/main}t"


def chart_lines(chart: Any) -> Iterator[str]:
    """The chart's titles, its series and a line for each category, from the root of its XML."""
    for title in chart.iter(f"{_C}title"):
        yield " ".join("".join(text.text or "" for text in title.iter(_A_TEXT)).split())
    series = list(chart.iter(f"{_C}ser"))
    categories: dict[int, str] = {}
    for one in series:
        categories.update(_points(one, "cat") or _points(one, "xVal"))
    values = [_points(one, "val") or _points(one, "yVal") for one in series]
    yield " | ".join(["", *(" ".join(_points(one, "tx").values()) for one in series)])
    places = sorted({*categories, *(place for points in values for place in points)})
    for place in places[:MAX_POINTS]:
        yield " | ".join([categories.get(place, ""), *(points.get(place, "") for points in values)])


def _points(series: Any, name: str) -> dict[int, str]:
    """The cached texts or numbers under a part of a series, by their place."""
    part = series.find(_C + name)
    if part is None:
        return {}
    return {
        int(point.get("idx", "0")): " ".join((value.text or "").split())
        for point in part.iter(_C + "pt")
        if (value := point.find(_C + "v")) is not None
    }
