"""Small data sets that are written as panoptic files."""

from pathlib import Path

import numpy as np

from fewclicks.geometry.masks import Mask
from fewclicks.labels import Annotation, Dataset, ImageRecord, LabelClass, Shape

THING, STUFF = LabelClass(1, "cat", extra={"isthing": 1}), LabelClass(2, "sky", extra={"isthing": 0})
IMAGE = ImageRecord(5, "one.jpg", 8, 6)


def block(x0: int, y0: int, x1: int, y1: int) -> Mask:
    return Mask(np.ones((y1 - y0, x1 - x0), bool), (x0, y0), (6, 8))


def of(*shapes: Shape) -> Dataset:
    annotations = [Annotation(f"a{number}", 5, 1 + number % 2, shape) for number, shape in enumerate(shapes)]
    return Dataset((THING, STUFF), (IMAGE,), tuple(annotations))


def files_in(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
