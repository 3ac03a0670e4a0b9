"""YOLO-OBB: `data.yaml`, and for every image a text file of oriented boxes by their corners."""

from pathlib import Path

from fewclicks.formats.builtin import YOLO_OBB
from fewclicks.formats.decimals import shortest
from fewclicks.formats.quads import Quad, quad_of, read_quad
from fewclicks.formats.yolo_frame import Rows, Size, Values, read_dataset, write_dataset
from fewclicks.labels import Annotation, Dataset, Extra, Shape

DECIMALS = 9  # of a pixel: what fractions round away comes back


class YoloObb:
    """The format of YOLO's oriented boxes. What it keeps and what it does not stands in docs/formats.md."""

    def read(self, path: Path) -> Dataset:
        """The data set of a `data.yaml` or its folder. Raises InputError that names the file and the line."""
        return read_dataset(path, ROWS)

    def write(self, dataset: Dataset, path: Path) -> list[str]:
        """Write the folder `path` and return what it could not hold.

        Raises InputError when the data set contradicts itself; StorageError when it cannot be written, or holds
        anything else.
        """
        return write_dataset(dataset, path, ROWS)


def _read(values: Values, size_hw: Size) -> tuple[Shape, Extra] | None:
    return read_quad(_quad(values, size_hw)) if len(values) == 8 else None


def _quad(fractions: Values, size_hw: Size) -> Quad:
    height, width = size_hw
    return tuple(round(value * side, DECIMALS) for value, side in zip(fractions, (width, height) * 4, strict=True))


def _write(annotation: Annotation, size_hw: Size) -> list[str]:
    (height, width), quad = size_hw, quad_of(annotation)
    fractions = [value / side for value, side in zip(quad, (width, height) * 4, strict=True)]
    meant = read_quad(tuple(round(value, DECIMALS) for value in quad))
    return shortest(fractions, lambda found: read_quad(_quad(found, size_hw)) == meant)


ROWS = Rows(YOLO_OBB, _read, _write, "8 numbers of four corners")
