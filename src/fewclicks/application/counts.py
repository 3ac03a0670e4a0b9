"""The objects of each class in each image of a project, as a table."""

import csv
import io
from collections.abc import Mapping
from dataclasses import astuple, dataclass
from itertools import product

from fewclicks.store.counts import Count
from fewclicks.store.log import Log
from fewclicks.store.records import ClassRow, ImageRow

COLUMNS = ("image", "class", "points", "annotations", "suggested_points", "suggestions")


@dataclass(frozen=True, slots=True)
class CountTable:
    """The counts of a project: every image and class in their order, and the counts that are not zero."""

    images: tuple[ImageRow, ...]
    classes: tuple[ClassRow, ...]
    counts: Mapping[tuple[int, int], Count]

    def of(self, image: ImageRow, class_: ClassRow) -> Count:
        """Return the count of a class in an image."""
        return self.counts.get((image.id, class_.id), Count())

    def total(self, class_: ClassRow) -> Count:
        """Return the count of a class in all images."""
        return sum((self.of(image, class_) for image in self.images), Count())


def count_objects(log: Log) -> CountTable:
    """Return the counts of a project. Suggestions of removed classes are left out."""
    return CountTable(tuple(log.images()), tuple(log.classes()), log.counts.all())


def counts_csv(table: CountTable) -> str:
    """Return CSV with a row for each image and class, also where the counts are zero."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for image, class_ in product(table.images, table.classes):
        writer.writerow((image.file_name, class_.name, *astuple(table.of(image, class_))))
    return text.getvalue()
