"""Objects of a file in which polygons of one class and group are one object, as in LabelMe and CVAT."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from types import MappingProxyType

from fewclicks.formats.own_file import merged
from fewclicks.labels import Annotation, Extra, ImageRecord, LabelClass, Polygons, Shape

GROUP = "group_id"  # among the extra keys of an annotation that is not made of several polygons


@dataclass(frozen=True, slots=True)
class Item:
    """An object of a file: its class, its shape, its group if it has one, and its extra keys."""

    class_name: str
    shape: Shape
    group: int | None
    extra: Extra


def joined(items: Iterable[Item]) -> list[Item]:
    """The objects with polygons of one class and group as one, where the first is; its extra keys count."""
    found: dict[object, Item] = {}
    for number, item in enumerate(items):
        is_part = isinstance(item.shape, Polygons) and item.group is not None
        key = (item.class_name, item.group) if is_part else number
        first = found.get(key)
        found[key] = item if first is None else replace(first, shape=_both(first.shape, item.shape))
    return list(found.values())


def _both(a: Shape, b: Shape) -> Shape:
    assert isinstance(a, Polygons)
    assert isinstance(b, Polygons)
    return Polygons(a.rings + b.rings)


def annotation_of(item: Item, number: int, image: ImageRecord, classes: Mapping[str, LabelClass]) -> Annotation:
    """The object as the annotation `number` of its image."""
    has_rings = isinstance(item.shape, Polygons) and len(item.shape.rings) > 1
    extra = item.extra if item.group is None or has_rings else merged(item.extra, MappingProxyType({GROUP: item.group}))
    return Annotation(f"{image.id}:{number}", image.id, classes[item.class_name].id, item.shape, extra=extra)


def groups_of(annotations: Sequence[Annotation]) -> list[int | None]:
    """For each annotation of an image the group to write, so that `joined` gives the same annotations.

    Several polygons of one annotation get a group of their own. A polygon keeps its group unless another one of its
    class has it too.
    """
    said = [_group(annotation) for annotation in annotations]
    free = count(max([0, *(group for group in said if group is not None)]) + 1)
    taken: set[tuple[int, int]] = set()
    groups: list[int | None] = []
    for annotation, group in zip(annotations, said, strict=True):
        if isinstance(annotation.shape, Polygons):
            is_free = group is not None and (annotation.class_id, group) not in taken
            group = next(free) if len(annotation.shape.rings) > 1 else group if is_free else None
            if group is not None:
                taken.add((annotation.class_id, group))
        groups.append(group)
    return groups


def _group(annotation: Annotation) -> int | None:
    group = annotation.extra.get(GROUP)
    return group if type(group) is int and 0 <= group < 2**31 else None
