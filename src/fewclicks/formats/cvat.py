"""CVAT for images 1.1: images, labels and shapes in one XML file."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import chain, count
from pathlib import Path

from fewclicks.files import check_replaceable, read_text, write_text
from fewclicks.formats.builtin import CVAT
from fewclicks.formats.coco_frame import HEX_COLOR, LARGEST_SIDE
from fewclicks.formats.cvat_shapes import SHAPES, read_items, write_lines
from fewclicks.formats.grouped import Item, annotation_of, groups_of, joined
from fewclicks.formats.own_file import Known, classes_by_name, own_text, read_own_file
from fewclicks.formats.per_image import by_image, held, losses, written_names
from fewclicks.formats.xml_part import Part
from fewclicks.formats.xml_text import NOT_XML, lines_of, read_xml
from fewclicks.labels import Annotation, Dataset, ImageRecord, LabelClass

ROOT, OWN = "annotations", "fewclicks"
HEAD = f'<?xml version="1.0" encoding="utf-8"?>\n<{ROOT}>'
IGNORED = frozenset({"tag"})  # of a whole image
LABELS = "./meta/*/labels/label"  # of a task, a project or a job


class Cvat:
    """The format of CVAT for images. What it keeps and what it does not stands in docs/formats.md."""

    def read(self, path: Path) -> Dataset:
        """The data set of an XML file. Raises InputError that names the file, the image and the element."""
        return _dataset(read_text(path), path)

    def write(self, dataset: Dataset, path: Path) -> list[str]:
        """Write one XML file and return what it could not hold.

        Raises InputError when the data set contradicts itself, StorageError when the file cannot be written.
        """
        dataset, lines = held(dataset, CVAT, path)
        text = _text(dataset)
        again = _dataset(text, path)  # nothing is written that could not be read again
        check_replaceable(path, (HEAD.encode(), f"<{ROOT}>".encode()), "a CVAT file")
        write_text(path, text)
        return [*lines, *losses(dataset, again)]


# --- reading -------------------------------------------------------------------------------------


def _dataset(text: str, path: Path) -> Dataset:
    root = Part(read_xml(text, path), path)
    if root.element.tag != ROOT:
        root.fail(f"expected <{ROOT}>, not <{root.element.tag}>")
    if root.element.find("track") is not None:
        root.fail("tracks of a video are not supported; export the task as CVAT for images 1.1")
    known = _known(root)
    found = list(_images(root, known))
    classes = _classes(root, known, {item.class_name for _, items in found for item in items})
    annotations: list[Annotation] = []
    for image, items in found:
        annotations.extend(annotation_of(item, number, image, classes) for number, item in enumerate(items, 1))
    return Dataset(tuple(classes.values()), tuple(image for image, _ in found), tuple(annotations), known.extra)


def _known(root: Part) -> Known:
    own = root.element.find(f"./meta/{OWN}")
    return Known() if own is None or not own.text else read_own_file(own.text, root.path)


def _images(root: Part, known: Known) -> Iterator[tuple[ImageRecord, list[Item]]]:
    """Every image with its objects."""
    seen: dict[int, str] = {}
    names: set[str] = set()
    for index, element in enumerate(root.element.findall("image")):
        part = Part(element, root.path, f"image[{index}] ({element.get('name', '')})")
        image = _image(part, known, index)
        if image.id in seen:
            part.fail(f"the id {image.id} is already used by {seen[image.id]}; give each image its own id")
        if part.attribute("name") in names:
            part.fail("another image has the same name; rename one of them")
        seen[image.id] = part.place
        names.add(part.attribute("name"))
        yield image, joined(_items(part, image.size_hw))


def _image(part: Part, known: Known, index: int) -> ImageRecord:
    width, height = part.whole_in(part.attribute("width")), part.whole_in(part.attribute("height"))
    if not (0 < width <= LARGEST_SIDE and 0 < height <= LARGEST_SIDE):
        part.fail(f"an image has 1 to {LARGEST_SIDE} pixels a side, not {width}x{height}")
    number, name = part.whole_in(part.element.get("id", str(index))), part.attribute("name")
    if name in known.images:
        return replace(known.images[name], id=number, width=width, height=height)
    return ImageRecord(number, name, width, height)


def _items(image: Part, size_hw: tuple[int, int]) -> Iterator[Item]:
    for index, element in enumerate(image.element):
        part = Part(element, image.path, f"{image.place}, {element.tag}[{index}]")
        if element.tag in SHAPES:
            yield from read_items(part, size_hw)
        elif element.tag not in IGNORED:
            part.fail(f"<{element.tag}> is not supported; delete it or draw a polygon")


def _classes(root: Part, known: Known, used: set[str]) -> dict[str, LabelClass]:
    """By their names those that fewclicks wrote, then labels in the order of the file, then others by name."""
    classes = dict(known.classes)
    following = count(max((each.id for each in classes.values()), default=0) + 1)
    for index, element in enumerate(root.element.findall(LABELS)):
        name = Part(element, root.path, f"label[{index}]").part("name").text()
        if name not in classes and element.find("parent") is None:
            color = (element.findtext("color") or "").strip()
            classes[name] = LabelClass(next(following), name, color if HEX_COLOR.fullmatch(color) else "")
    return classes_by_name(replace(known, classes=tuple(classes.items())), used)


# --- writing -------------------------------------------------------------------------------------


def _text(dataset: Dataset) -> str:
    annotations = by_image(dataset)
    classes = written_names(dataset.classes, lambda name: NOT_XML.sub("_", name).strip())
    names = _image_names(dataset)
    lines = [HEAD, "\t<version>1.1</version>", *_meta(dataset, classes, names)]
    for image in dataset.images:
        sizes = {"@width": str(image.width), "@height": str(image.height)}
        opening, closing = lines_of("image", {"@id": str(image.id), "@name": names[image.id], **sizes}, 1)
        lines += [opening, *_shapes(annotations[image.id], classes), closing]
    return "\n".join([*lines, f"</{ROOT}>\n"])


def _image_names(dataset: Dataset) -> dict[int, str]:
    """By its id, the name of each image as XML can have it; `image-ID` where two would have the same."""
    names: dict[int, str] = {}
    for image in dataset.images:
        plain = NOT_XML.sub("_", image.file_name)
        others = chain([f"image-{image.id}"], (f"image-{image.id}-{number}" for number in count(2)))
        names[image.id] = next(name for name in chain([plain], others) if name and name not in names.values())
    return names


def _meta(dataset: Dataset, classes: Mapping[int, str], names: Mapping[int, str]) -> Iterator[str]:
    labels = [
        {
            "name": classes[known.id],
            **({"color": known.color} if HEX_COLOR.fullmatch(known.color) else {}),
            "type": "any",
        }
        for known in dataset.classes
    ]
    task = {"size": str(len(dataset.images)), "mode": "annotation", "labels": {"label": labels}}
    yield from lines_of("meta", {"task": task, OWN: own_text(CVAT.name, dataset, classes, names, [])}, 1)


def _shapes(annotations: list[Annotation], classes: Mapping[int, str]) -> Iterator[str]:
    for annotation, group in zip(annotations, groups_of(annotations), strict=True):
        yield from write_lines(annotation, classes[annotation.class_id], group)
