"""How far a text may travel: the classes of data, and the class of what is put together from several."""

from collections.abc import Iterable, Mapping
from typing import Final, Literal, get_args

DataClass = Literal["public", "internal", "confidential", "restricted"]

CLASSES: Final[tuple[DataClass, ...]] = get_args(DataClass)  # the lowest first
DEFAULT_CLASS: Final[DataClass] = "internal"  # of a collection nobody has classed, and of what a person types


def highest(classes: Iterable[DataClass]) -> DataClass:
    """The class of what holds all of these; typed text is always among them."""
    return max(classes, key=CLASSES.index, default=DEFAULT_CLASS)


def exceeds(data_class: DataClass, ceiling: DataClass) -> bool:
    """Whether data of the class is above the ceiling."""
    return CLASSES.index(data_class) > CLASSES.index(ceiling)


def class_of(collection: str, classes: Mapping[str, DataClass]) -> DataClass:
    """The class of a collection's passages; of one that nobody can place any more, the highest there is.

    A class outlives its collection: passages of one that was removed are still in the conversations that used them.
    """
    if not collection:
        return highest([DEFAULT_CLASS, *classes.values()])
    return classes.get(collection, DEFAULT_CLASS)


def class_of_prompt(
    collections: Iterable[str], classes: Mapping[str, DataClass], own: Iterable[DataClass | None] = ()
) -> DataClass:
    """The class of what a person typed, with passages of these collections beside it, or of classes of their own."""
    named = (one for one in own if one is not None)
    return highest([DEFAULT_CLASS, *(class_of(collection, classes) for collection in collections), *named])
