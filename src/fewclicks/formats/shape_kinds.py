"""The kinds of shapes by name, and the lines on annotations that a file does not contain."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Self

from fewclicks.formats.spec import FormatSpec, ShapeKind
from fewclicks.geometry.masks import Mask
from fewclicks.labels import Box, OrientedBox, Point, Polygons, Shape

KINDS: Mapping[type[Shape], ShapeKind] = {
    Box: "box",
    OrientedBox: "oriented_box",
    Polygons: "polygons",
    Mask: "mask",
    Point: "point",
}
# one, several
NOUNS: Mapping[ShapeKind, tuple[str, str]] = {
    "box": ("box", "boxes"),
    "oriented_box": ("oriented box", "oriented boxes"),
    "polygons": ("polygon", "polygons"),
    "mask": ("mask", "masks"),
    "point": ("point", "points"),
}


class LeftOut(str):
    """A line on annotations that a file does not contain, although its format has a place for their kinds of shapes.

    kinds: the number of these annotations of each kind of shape.
    """

    kinds: Counter[ShapeKind]

    def __new__(cls, shapes: Iterable[Shape], reason: str) -> Self:
        """Return the line on annotations with these shapes."""
        kinds = Counter(map(kind_of, shapes))
        made = super().__new__(cls, f"{kinds.total()} of the annotations left out: {reason}")
        made.kinds = kinds
        return made


def kind_of(shape: Shape) -> ShapeKind:
    return KINDS[type(shape)]


def nouns(shape: Shape) -> str:
    """Return the name of several shapes of this kind."""
    return NOUNS[kind_of(shape)][1]


def counted_kinds(counts: Mapping[ShapeKind, int]) -> str:
    """Return the numbers of annotations of each kind of shape, separated by commas; "" for none."""
    return ", ".join(_counted(kind, counts[kind]) for kind in NOUNS if counts.get(kind))


def lacking(counts: Mapping[ShapeKind, int], spec: FormatSpec) -> list[str]:
    """Return a line for each kind of shape that the format leaves out; `counts` are the numbers of annotations."""
    return [
        f"{_counted(kind, counts[kind])} left out: {spec.title} has no {NOUNS[kind][1]}"
        for kind in NOUNS
        if kind in spec.lacks and counts.get(kind)
    ]


def _counted(kind: ShapeKind, number: int) -> str:
    return f"{number:,} {NOUNS[kind][number > 1]}"
