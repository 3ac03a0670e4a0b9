"""What an export says that its file contains."""

from pathlib import Path

import numpy as np
import pytest

from fewclicks.application.written import written
from fewclicks.formats import get_format, get_spec
from fewclicks.geometry.masks import Mask
from fewclicks.labels import Annotation, Box, Dataset, ImageRecord, LabelClass, Point, Shape


def mask(x0: int, y0: int, x1: int, y1: int) -> Mask:
    full = np.zeros((6, 8), bool)
    full[y0:y1, x0:x1] = True
    return Mask.from_full(full)


def of(*shapes: Shape) -> Dataset:
    made = (Annotation(str(number), 1, 1, shape) for number, shape in enumerate(shapes))
    return Dataset((LabelClass(1, "cat"),), (ImageRecord(1, "a.png", 8, 6),), tuple(made))


EMPTY = mask(0, 0, 0, 0)
COVERED = (mask(0, 0, 4, 4), mask(0, 0, 4, 2), mask(0, 2, 4, 4))  # the other two cover the first


@pytest.mark.parametrize(
    ("name", "shapes", "content", "left_out"),
    [
        ("coco", (), "0 annotations of 1 image", ""),
        ("coco", (Point(1, 1), *COVERED), "4 annotations of 1 image", ""),
        ("voc", (Point(1, 1), Point(3, 1), Box(0, 0, 4, 4)), "1 of 3 annotations (1 box) of 1 image", "2 points"),
        ("voc", (EMPTY, COVERED[0]), "1 of 2 annotations (1 mask) of 1 image", "1 mask"),
        ("cvat", (EMPTY,), "0 of 1 annotation of 1 image", "1 mask"),
        (
            "coco-panoptic",
            (*COVERED, Box(0, 0, 1, 1)),
            "2 of 4 annotations (2 masks) of 1 image",
            "1 box, 1 mask",
        ),
    ],
)
def test_the_numbers_are_those_of_the_file(
    tmp_path: Path, name: str, shapes: tuple[Shape, ...], content: str, left_out: str
) -> None:
    dataset, spec, form = of(*shapes), get_spec(name), get_format(name)
    path = tmp_path / f"out{spec.suffix}"
    known = written(dataset, spec, form.write(dataset, path))
    assert (known.content, known.left_out) == (content, left_out)
    assert known.kinds.total() == len(form.read(path).annotations)
