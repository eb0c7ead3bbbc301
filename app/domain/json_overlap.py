"""Whether an answer written for one shape could fit another, too: oneOf forbids it."""

import json

from app.domain.json_check import problems
from app.domain.json_shapes import Anything, Array, Literal, Number, Record, Schema, Shape, Text, Union

MAX_COMPARISONS = 20_000


class Overlap:
    """Compares shapes of one schema; what is not proven apart within MAX_COMPARISONS counts as overlapping."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._left = MAX_COMPARISONS

    def apart(self, written: Shape, other: Shape) -> bool:
        """Whether nothing that is written for the one fits the other."""
        self._left -= 1
        if self._left < 0:
            return False
        a, b = self._schema.follow(written), self._schema.follow(other)
        match a, b:
            case Union(options=options), _:
                return all(self.apart(option, b) for option in options)
            case _, Union(options=options):
                return all(self.apart(a, option) for option in options)
            case (Anything(), _) | (_, Anything()):
                return False
            case (Literal(texts=texts), shape) | (shape, Literal(texts=texts)):
                within = Schema(shape, self._schema.definitions)
                return all(problems(within, json.loads(text)) for text in texts)
            case Record(), Record():
                return self._records_apart(a, b)
            case (Number() | Text() | Array(), Number() | Text() | Array()) if type(a) is type(b):
                return _below(a.high, b.low) or _below(b.high, a.low)
        return True

    def _records_apart(self, a: Record, b: Record) -> bool:
        written = {member.name: member for member in a.properties}
        wanted = {member.name: member for member in b.properties}
        if not written:
            return False
        if any(member.required and name not in written for name, member in wanted.items()):
            return True
        for name, member in written.items():
            always_met = member.required or (name in wanted and wanted[name].required)
            allowed = wanted[name].shape if name in wanted else b.others
            if always_met and (allowed is None or self.apart(member.shape, allowed)):
                return True
        return False


def _below(high: int | None, low: int | None) -> bool:
    return high is not None and low is not None and high < low
