"""The table that a bench prints and keeps."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One figure, its goal, and whether it was met."""

    name: str
    value: float
    goal: str
    met: bool
    figures: str


def as_markdown(rows: list[Row]) -> str:
    """The rows as a Markdown table."""
    lines = ["| what | measured | goal | met | figures |", "|---|---:|---:|---|---|"]
    lines += [f"| {r.name} | {r.value:.3g} | {r.goal} | {'yes' if r.met else '**no**'} | {r.figures} |" for r in rows]
    return "\n".join(lines) + "\n"
