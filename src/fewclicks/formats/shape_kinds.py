"""The kinds of shapes by name, and the lines on those that a format has no place for."""

from collections.abc import Mapping

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


def kind_of(shape: Shape) -> ShapeKind:
    return KINDS[type(shape)]


def nouns(shape: Shape) -> str:
    """Return the name of several shapes of this kind."""
    return NOUNS[kind_of(shape)][1]


def lacking(counts: Mapping[ShapeKind, int], spec: FormatSpec) -> list[str]:
    """Return a line for each kind of shape that the format leaves out; `counts` are the numbers of annotations."""
    return [
        f"{counts[kind]:,} {NOUNS[kind][counts[kind] > 1]} left out: {spec.title} has no {NOUNS[kind][1]}"
        for kind in NOUNS
        if kind in spec.lacks and counts.get(kind)
    ]
