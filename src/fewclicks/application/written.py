"""What an export has written: the numbers of annotations in its file, and of those that are not in it."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from fewclicks.formats.shape_kinds import LeftOut, counted_kinds, kind_of
from fewclicks.formats.spec import FormatSpec, ShapeKind
from fewclicks.labels import Dataset


@dataclass(frozen=True, slots=True)
class Written:
    """The number of images of an export, and of annotations that its file contains and does not contain, by kind.

    Annotations that the file contains in another shape count with the kind that they have in the project.
    """

    images: int
    kinds: Counter[ShapeKind]
    missing: Counter[ShapeKind]

    @property
    def content(self) -> str:
        """What the file contains: `2 of 5 annotations (2 boxes) of 3 images`."""
        return f"{self._annotations} of {counted(self.images, 'image')}"

    @property
    def left_out(self) -> str:
        """What the file does not contain: `3 points`; "" if it contains all annotations."""
        return counted_kinds(self.missing)

    @property
    def _annotations(self) -> str:
        all_of_them = counted(self.kinds.total() + self.missing.total(), "annotation")
        if not self.missing:
            return all_of_them
        named = counted_kinds(self.kinds)
        return f"{self.kinds.total():,} of {all_of_them}{f' ({named})' if named else ''}"


def written(dataset: Dataset, spec: FormatSpec, lines: Iterable[str]) -> Written:
    """Return what the file contains of `dataset`; `lines`: those that the format has returned."""
    kinds = Counter(kind_of(annotation.shape) for annotation in dataset.annotations)
    missing = Counter({kind: number for kind, number in kinds.items() if kind in spec.lacks})
    for line in lines:
        if isinstance(line, LeftOut):
            missing += line.kinds
    return Written(len(dataset.images), kinds - missing, missing)


def counted(number: int, what: str) -> str:
    """Return the number with its noun, in the plural unless it is 1."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"
