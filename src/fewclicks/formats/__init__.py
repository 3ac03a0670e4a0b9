"""File formats, by name. A new one is a module here and a line in `FORMATS`."""

from fewclicks.errors import NotFoundError
from fewclicks.formats.coco import CocoInstances
from fewclicks.formats.coco_panoptic import CocoPanoptic
from fewclicks.formats.dota import Dota
from fewclicks.formats.protocol import Format
from fewclicks.formats.voc import Voc
from fewclicks.formats.yolo import Yolo
from fewclicks.formats.yolo_obb import YoloObb

FORMATS: dict[str, Format] = {
    known.name: known for known in (CocoInstances(), CocoPanoptic(), Dota(), Yolo(), YoloObb(), Voc())
}


def get_format(name: str) -> Format:
    """The format of that name. Raises NotFoundError, which lists the names, when there is none."""
    if name not in FORMATS:
        raise NotFoundError(f"there is no format {name!r}; known: {', '.join(FORMATS)}")
    return FORMATS[name]
