"""YOLO-OBB: `data.yaml`, and for every image a text file of oriented boxes by their corners."""

from fewclicks.formats.builtin import YOLO_OBB
from fewclicks.formats.decimals import shortest
from fewclicks.formats.quads import Quad, quad_of, read_quad
from fewclicks.formats.yolo_frame import Rows, Size, Values, YoloFormat
from fewclicks.labels import Annotation, Extra, Shape

DECIMALS = 9  # of a pixel: what fractions round away comes back


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


class YoloObb(YoloFormat):
    """The format of YOLO's oriented boxes. What it keeps and what it does not stands in docs/formats.md."""

    rows = ROWS
