"""Writes a schema as a grammar in llama.cpp's notation (GBNF): whatever it generates, the schema allows.

An answer is compact JSON with at most one space after a colon or a comma, so a weak model cannot lose itself in blanks.
Each part is a rule of its own and repetitions are of rules, so a grammar grows with its schema and no faster.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Final

from app.domain.json_shapes import (
    Anything,
    Array,
    Literal,
    Number,
    Property,
    Record,
    Ref,
    Schema,
    Shape,
    Text,
    Union,
)

MAX_REPEAT: Final = 2000  # a higher maximum is not used up: no answer is longer
MAX_DIGITS: Final = 15  # of a number, before and after its point: what a double holds exactly
MAX_NESTING: Final = 16  # of fixed texts that share a beginning

_DAY: Final = (
    '[12] [0-9]{3} "-" ( ("01"|"03"|"05"|"07"|"08"|"10"|"12") "-" ("0" [1-9] | [12] [0-9] | "3" [01]) '
    '| ("04"|"06"|"09"|"11") "-" ("0" [1-9] | [12] [0-9] | "30") | "02-" ("0" [1-9] | "1" [0-9] | "2" [0-8]) ) '
    '| ( [12] [0-9] ("0" [48] | [2468] [048] | [13579] [26]) | ("12"|"16"|"20"|"24"|"28") "00" ) "-02-29"'
)
_HOUR: Final = '("0" [0-9] | "1" [0-9] | "2" [0-3])'
_PRIMITIVES: Final = {
    "space": '" "?',
    "character": r'[\x20-\x21\x23-\x5B\x5D-\x7E\u00A0-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF] | "\\" ["\\/bfnrt]',
    "string": r'"\"" character* "\""',
    "fraction": f'"." [0-9]{{1,{MAX_DIGITS}}}',
    "positive-fraction": f'"." [0-9]{{0,{MAX_DIGITS - 1}}} [1-9]',
    "zero-fraction": '".0"',
    "integer": f'"0" | "-"? [1-9] [0-9]{{0,{MAX_DIGITS - 1}}}',
    "number": f'"-"? ("0" | [1-9] [0-9]{{0,{MAX_DIGITS - 1}}}) fraction? ([eE] [+-]? [0-9]{{1,2}})?',
    "member": 'string ":" space value',
    "object": '"{" ( member ("," space member)* )? "}"',
    "array": '"[" ( value ("," space value)* )? "]"',
    "value": 'object | array | string | number | "true" | "false" | "null"',
    "day": _DAY,
    "clock": f'{_HOUR} ":" [0-5] [0-9] ":" [0-5] [0-9] ("." [0-9]{{1,6}})? ("Z" | [+-] {_HOUR} ":" [0-5] [0-9])',
    "octet": '"25" [0-5] | "2" [0-4] [0-9] | "1" [0-9] [0-9] | [1-9]? [0-9]',
    "host": "[a-z0-9] [a-z0-9-]{0,62} ( " + '"." [a-z0-9] [a-z0-9-]{0,62} ){1,8}',
    "date": r'"\"" day "\""',
    "time": r'"\"" clock "\""',
    "date-time": r'"\"" day "T" clock "\""',
    "uuid": r'"\"" [0-9a-f]{8} "-" [0-9a-f]{4} "-" [1-5] [0-9a-f]{3} "-" [89ab] [0-9a-f]{3} "-" [0-9a-f]{12} "\""',
    "email": r'"\"" [A-Za-z0-9] [A-Za-z0-9._+-]{0,62} "@" host "\""',
    "ipv4": r'"\"" octet "." octet "." octet "." octet "\""',
    "uri": r'"\"" ("https" | "http") "://" host ( "/" [A-Za-z0-9._~%!$&*+,;=:@/?#-]{0,1000} )? "\""',
}


def grammar(schema: Schema) -> str:
    """The grammar of all answers that are generated for `schema`; its root rule is `root`."""
    return _Writer(schema).write()


class _Writer:
    """One grammar in the making."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._rules: dict[str, str] = {}
        self._references = {place: f"ref-{n}" for n, place in enumerate(schema.definitions)}

    def write(self) -> str:
        self._rules["root"] = ""
        self._rules["root"] = self._expression(self._schema.root)
        for place, name in self._references.items():
            self._rules[name] = self._expression(self._schema.definitions[place])
        return "".join(f"{name} ::= {body}\n" for name, body in self._rules.items())

    def _expression(self, shape: Shape) -> str:
        """The body of a rule for `shape`."""
        match shape:
            case Ref(place=place):
                return self._references[place]
            case Anything():
                return self._primitive("value")
            case Literal(texts=texts):
                return literals(texts)
            case Union(options=options):
                return " | ".join(self._rule(option) for option in options)
            case Text():
                return self._text(shape)
            case Number():
                return self._number(shape)
            case Array():
                return self._array(shape)
            case Record(properties=()):
                return self._map(shape)
            case Record():
                return self._record(shape)

    def _rule(self, shape: Shape) -> str:
        """The name of a rule for `shape`."""
        body = self._expression(shape)
        return body if body in self._rules else self._named(body)

    def _named(self, body: str) -> str:
        name = f"rule-{len(self._rules)}"
        self._rules[name] = body
        return name

    def _primitive(self, name: str) -> str:
        """The name of one of `_PRIMITIVES`, written with all it uses."""
        if name not in self._rules:
            self._rules[name] = _PRIMITIVES[name]
            for other in _PRIMITIVES:
                if other in _words(_PRIMITIVES[name]):
                    self._primitive(other)
        return name

    # --- scalars -------------------------------------------------------------------------------------------------

    def _text(self, shape: Text) -> str:
        if shape.form:
            return self._primitive(shape.form)
        if shape.low == 0 and shape.high is None:
            return self._primitive("string")
        return rf'"\"" {self._primitive("character")}{_times(shape.low, shape.high)} "\""'

    def _number(self, shape: Number) -> str:
        if shape.low is None and shape.high is None:
            return self._primitive("integer" if shape.whole else "number")
        limit = 10**MAX_DIGITS - 1
        low = -limit if shape.low is None else max(shape.low, -limit)
        high = limit if shape.high is None else min(shape.high, limit)
        parts: list[str] = []
        if high >= 0:
            parts += self._positive(max(low, 0), high, shape.low_open and low >= 0, shape.high_open, shape.whole)
        if low < 0:
            below_zero = high >= 0
            smallest = (1 if shape.whole else 0) if below_zero else -high
            negative = self._positive(
                smallest, -low, below_zero or shape.high_open, shape.low_open and shape.low == low, shape.whole
            )
            parts += [f'"-" {self._named(part)}' for part in negative]
        return " | ".join(parts)

    def _positive(self, low: int, high: int, low_open: bool, high_open: bool, whole: bool) -> list[str]:
        """Alternatives for the numbers from `low` to `high`, neither negative."""
        if whole:
            return _digits(low, high)
        parts: list[str] = []
        if low_open and low < high:
            parts.append(f'"{low}" {self._primitive("positive-fraction")}')
            low += 1
        if low < high:
            whole_part = self._named(" | ".join(_digits(low, high - 1)))
            parts.append(f"{whole_part} {self._primitive('fraction')}?")
        if not high_open:
            parts.append(f'"{high}" {self._primitive("zero-fraction")}?')
        return parts

    # --- arrays and objects --------------------------------------------------------------------------------------

    def _array(self, shape: Array) -> str:
        most = None if shape.high is None else max(shape.high - len(shape.prefix), 0)
        if shape.rest is None or most == 0:
            return _enclosed("[", self._places(shape, ""), "]")
        rest = self._rule(shape.rest)
        if not shape.prefix:
            return _enclosed("[", self._list(rest, shape.low, shape.high), "]")
        following = self._named(f'"," {self._primitive("space")} {rest}')
        return _enclosed("[", self._places(shape, following + _times(max(shape.low - len(shape.prefix), 0), most)), "]")

    def _places(self, shape: Array, more: str) -> str:
        """The items that have a shape by place, and `more` after the last; all but the first `low` may end it."""
        tail = more
        for place, item in reversed(list(enumerate(shape.prefix[: shape.high]))):
            comma = f'"," {self._primitive("space")} ' if place else ""
            body = self._named(f"{comma}{self._rule(item)} {tail}")
            tail = body if place < shape.low else f"{body}?"
        return tail

    def _map(self, shape: Record) -> str:
        if shape.others is None:
            return '"{}"'
        name, space = self._primitive("string"), self._primitive("space")
        member = self._named(f'{name} ":" {space} {self._rule(shape.others)}')
        return _enclosed("{", self._list(member, shape.low, shape.high), "}")

    def _record(self, shape: Record) -> str:
        required = [member.required for member in shape.properties]
        return _enclosed("{", self._choice([self._member(member) for member in shape.properties], required), "}")

    def _member(self, member: Property) -> str:
        name = _quoted(f"{json.dumps(member.name, ensure_ascii=False)}:")
        return self._named(f"{name} {self._primitive('space')} {self._rule(member.shape)}")

    def _list(self, item: str, low: int, high: int | None) -> str:
        """`low` to `high` items, alike."""
        if high == 0:
            return ""
        following = self._named(f'"," {self._primitive("space")} {item}')
        whole = f"{item} {following}{_times(max(low - 1, 0), None if high is None else high - 1)}"
        return whole if low else f"({whole})?"

    def _choice(self, members: Sequence[str], required: Sequence[bool]) -> str:
        """Members in this order, some of which may be missing; a comma stands before each but the first there is."""
        tails = [""]
        for member, needed in zip(reversed(members), reversed(required), strict=True):
            following = f'"," {self._primitive("space")} {member}'
            tails.append(self._named(f"{following if needed else f'({following})?'} {tails[-1]}"))
        tails.reverse()
        starts: list[str] = []
        for place, (member, needed) in enumerate(zip(members, required, strict=True), 1):
            starts.append(f"{member} {tails[place]}")
            if needed:
                return f"( {' | '.join(starts)} )"
        return f"( {' | '.join(starts)} )?"


def literals(texts: Iterable[str], depth: int = 0) -> str:
    """Alternatives for fixed texts; those that begin alike share their beginning, so few are ever open at once."""
    if depth == MAX_NESTING:
        return " | ".join(map(_quoted, texts))
    groups: dict[str, list[str]] = {}
    for text in texts:
        groups.setdefault(text[:1], []).append(text)
    parts: list[str] = []
    for first, group in groups.items():
        if not first:
            parts.append('""')
            continue
        shared = _shared(group)
        rests = [text[len(shared) :] for text in group]
        parts.append(_quoted(shared) if rests == [""] else f"{_quoted(shared)} ( {literals(rests, depth + 1)} )")
    return " | ".join(parts)


def _shared(texts: Sequence[str]) -> str:
    first, last = min(texts), max(texts)
    length = next((n for n, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last)))
    return first[:length]


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\x7f", "\\x7F")
    return f'"{escaped}"'


def _enclosed(opening: str, inside: str, closing: str) -> str:
    return f'"{opening}" {inside} "{closing}"' if inside else f'"{opening}{closing}"'


def _times(low: int, high: int | None) -> str:
    if high is None:
        return "*" if low == 0 else f"{{{low},}}"
    return f"{{{low},{max(min(high, MAX_REPEAT), low)}}}"


def _words(body: str) -> set[str]:
    return set(body.replace("*", " ").replace("?", " ").replace("(", " ").replace(")", " ").split())


def _digits(low: int, high: int) -> list[str]:
    """Alternatives for the whole numbers from `low` to `high`, neither negative."""
    parts: list[str] = []
    for length in range(len(str(low)), len(str(high)) + 1):
        smallest, largest = 10 ** (length - 1) if length > 1 else 0, 10**length - 1
        parts += _same_length(str(max(low, smallest)), str(min(high, largest)))
    return parts


def _same_length(low: str, high: str) -> list[str]:
    """Alternatives for the numbers between two of the same length; leading zeros count."""
    if not low:
        return ['""']
    if low == high:
        return [f'"{low}"']
    rest = len(low) - 1
    free = f" [0-9]{{{rest}}}" if rest else ""
    zeros, nines = "0" * rest, "9" * rest
    first, last = int(low[0]), int(high[0])
    if first == last:
        return [f'"{first}" ( {" | ".join(_same_length(low[1:], high[1:]))} )']
    parts: list[str] = []
    if low[1:] != zeros:
        parts.append(f'"{first}" ( {" | ".join(_same_length(low[1:], nines))} )')
        first += 1
    ending: list[str] = []
    if high[1:] != nines:
        ending.append(f'"{last}" ( {" | ".join(_same_length(zeros, high[1:]))} )')
        last -= 1
    if first <= last:
        parts.append(f"[{first}-{last}]{free}")
    return parts + ending
