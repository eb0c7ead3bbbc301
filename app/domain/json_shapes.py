"""What JSON a schema of our subset allows: a few shapes, and the questions about them that decide what is refused.

`json_schema` reads shapes, `json_grammar` writes them as a grammar, `json_check` holds an answer against them: one
reading serves all three, so they cannot disagree.
"""

import itertools
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]

MAX_READINGS: Final = 256  # ways in which one beginning of an answer may go on: each costs time at every token


@dataclass(frozen=True, slots=True)
class Anything:
    """Any JSON value."""


@dataclass(frozen=True, slots=True)
class Literal:
    """One of these values; each is kept as JSON text, so that 1, 1.0 and true stay apart."""

    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Text:
    """A string of so many characters, or of a named form."""

    low: int = 0
    high: int | None = None
    form: str = ""


@dataclass(frozen=True, slots=True)
class Number:
    """A number between bounds; an open bound is not itself among them."""

    whole: bool = False
    low: int | None = None
    high: int | None = None
    low_open: bool = False
    high_open: bool = False


@dataclass(frozen=True, slots=True)
class Array:
    """Items by place, then any number alike; `rest` None allows no more."""

    prefix: tuple["Shape", ...] = ()
    rest: "Shape | None" = Anything()
    low: int = 0
    high: int | None = None


@dataclass(frozen=True, slots=True)
class Property:
    """A named member of an object."""

    name: str
    shape: "Shape"
    required: bool


@dataclass(frozen=True, slots=True)
class Record:
    """An object; `others` is what members without a name here must be, None allows none.

    Where members are named, an answer has only those, in this order; where none is, it has `low` to `high` others.
    """

    properties: tuple[Property, ...] = ()
    others: "Shape | None" = Anything()
    low: int = 0
    high: int | None = None


@dataclass(frozen=True, slots=True)
class Union:
    """Any of several shapes."""

    options: tuple["Shape", ...]


@dataclass(frozen=True, slots=True)
class Ref:
    """The definition at this place of the schema."""

    place: str


Shape = Anything | Literal | Text | Number | Array | Record | Union | Ref


@dataclass(frozen=True, slots=True)
class Schema:
    """A schema, read: the shape of the whole, and those that are referred to."""

    root: Shape
    definitions: dict[str, Shape]

    def follow(self, shape: Shape) -> Shape:
        """What a reference stands for; any other shape itself. Definitions that circle are refused on reading."""
        while isinstance(shape, Ref):
            shape = self.definitions[shape.place]
        return shape


def children(shape: Shape) -> tuple[Shape, ...]:
    """The shapes directly inside."""
    match shape:
        case Array(prefix=prefix, rest=rest):
            return (*prefix, rest) if rest is not None else prefix
        case Record(properties=properties, others=others):
            inside = tuple(member.shape for member in properties)
            return inside if others is None or inside else (others,)
        case Union(options=options):
            return options
    return ()


def circles(schema: Schema) -> str | None:
    """A definition that refers to itself before any JSON is written, if there is one."""

    def direct(shape: Shape) -> set[str]:
        match shape:
            case Ref(place=place):
                return {place}
            case Union(options=options):
                return set().union(*(direct(option) for option in options))
        return set()

    leads = {place: direct(shape) for place, shape in schema.definitions.items()}
    for place, first in leads.items():
        reached: set[str] = set()
        new = first
        while new:
            reached |= new
            new = set().union(*(leads[other] for other in new)) - reached
        if place in reached:
            return place
    return None


def endless(schema: Schema) -> str | None:
    """A definition that no JSON of finite length meets, if there is one: it always needs another of itself."""
    finite: set[str] = set()

    def ends(shape: Shape) -> bool:
        match shape:
            case Ref(place=place):
                return place in finite
            case Union(options=options):
                return any(map(ends, options))
            case Array(prefix=prefix, rest=rest, low=low):
                return all(map(ends, prefix[:low])) and (low <= len(prefix) or rest is None or ends(rest))
            case Record(properties=properties, others=others, low=low):
                named = all(ends(member.shape) for member in properties if member.required)
                return named and (bool(properties) or not low or others is None or ends(others))
        return True

    while new := {place for place, shape in schema.definitions.items() if place not in finite and ends(shape)}:
        finite |= new
    return next((place for place in schema.definitions if place not in finite), None)


def too_ambiguous(schema: Schema) -> bool:
    """Whether some beginning of an answer could go on in more than MAX_READINGS ways.

    A grammar follows every way at once. Alternatives that begin alike add up, and multiply with nesting: a recursive
    one grows without end, so the count is taken round by round until it stands still.
    """
    known = dict.fromkeys(schema.definitions, 1)
    begins: dict[str, frozenset[str]] = {}

    def readings(shape: Shape) -> int:
        match shape:
            case Ref(place=place):
                return known[place]
            case Union(options=options):
                sums: Counter[str] = Counter()
                for option in options:
                    sums.update(dict.fromkeys(_kinds(schema, option, begins), readings(option)))
                return max(sums.values())
            case Record(properties=properties):
                here = 1 + _longest_run(not member.required for member in properties)
            case Array():
                here = 2  # it ends, or it goes on
            case _:
                here = 1
        return max(here, *map(readings, children(shape)), 1)

    for _ in range(MAX_READINGS):
        before = dict(known)
        for place, shape in schema.definitions.items():
            known[place] = readings(shape)
        if max((*known.values(), readings(schema.root))) > MAX_READINGS:
            return True
        if known == before:
            return False
    return True


def _longest_run(flags: Iterable[bool]) -> int:
    return max((sum(1 for _ in group) for flag, group in itertools.groupby(flags) if flag), default=0)


def _kinds(schema: Schema, shape: Shape, known: dict[str, frozenset[str]]) -> frozenset[str]:
    """What an answer of this shape can begin as; `known` keeps what was found of definitions."""
    match shape:
        case Ref(place=place):
            if place not in known:
                known[place] = _kinds(schema, schema.definitions[place], known)
            return known[place]
        case Union(options=options):
            return frozenset().union(*(_kinds(schema, option, known) for option in options))
        case Literal(texts=texts):
            return frozenset(_FIRST.get(text[0], "number") for text in texts)
        case Anything():
            return frozenset({*_FIRST.values(), "number"})
    return frozenset({type(shape).__name__.lower()})


_FIRST: Final = {"{": "record", "[": "array", '"': "text", "t": "true", "f": "false", "n": "null"}
