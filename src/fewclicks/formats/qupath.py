"""QuPath's GeoJSON: for every image a file of points and polygons with their classes."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Any

from fewclicks.errors import InputError
from fewclicks.files import parse_json
from fewclicks.formats.builtin import QUPATH
from fewclicks.formats.coco_frame import HEX_COLOR
from fewclicks.formats.folder_export import write_labels
from fewclicks.formats.geojson import geometry_of, read_shapes
from fewclicks.formats.label_folder import IMAGES, LabelFile, LabelFolder, image_names, labelled_images
from fewclicks.formats.own_file import OWN_FILE, Known, classes_by_name, own_text
from fewclicks.formats.per_image import by_image, written_names
from fewclicks.formats.record import Record, shown
from fewclicks.images.files import SUFFIXES
from fewclicks.labels import NO_EXTRA, Annotation, Dataset, Extra, ImageRecord, LabelClass, Shape

SUFFIX = ".geojson"
LAYOUT = frozenset({IMAGES, "annotations", "geojson"})
CLASSIFICATION, OBJECT_TYPE, ANNOTATION = "classification", "objectType", "annotation"
EARLIER_OBJECT_TYPE = "object_type"  # of QuPath 0.3
UNCLASSIFIED = "Unclassified"  # as QuPath shows objects without a class


class QuPath:
    """The format of QuPath's GeoJSON. What it keeps and what it does not stands in docs/formats.md."""

    def read(self, path: Path) -> Dataset:
        """The data set of the GeoJSON files below `path`. Raises InputError that names the file and the feature."""
        folder = LabelFolder.read(path, SUFFIX)
        if not folder.texts:
            raise InputError(f"no files with the ending {SUFFIX} in this folder; choose another one", path)
        return _dataset(folder)

    def write(self, dataset: Dataset, path: Path) -> list[str]:
        """Write the folder `path` and return what it could not hold.

        Raises InputError when the data set contradicts itself; StorageError when it cannot be written, or holds
        anything else.
        """
        return write_labels(dataset, path, QUPATH, _texts, _dataset)


# --- reading -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Found:
    """An object of a file, with the name and the colour of its class."""

    image: ImageRecord
    shape: Shape
    class_name: str
    color: str
    extra: Extra


def _dataset(folder: LabelFolder) -> Dataset:
    known = folder.known(QUPATH.name)
    images: list[ImageRecord] = []
    found: list[Found] = []
    labels = (name for name in folder.texts if name != OWN_FILE)
    for image, file in labelled_images(folder, labels, known, LAYOUT.__contains__, _image_name):
        images.append(image)
        found.extend(_objects(file, image) if file else [])
    classes = _classes(known, found)
    return Dataset(tuple(classes.values()), tuple(images), tuple(_annotations(found, classes)), known.extra)


def _image_name(label: str) -> str:
    name = PurePosixPath(label).with_suffix("")
    return str(name if name.suffix.lower() in SUFFIXES else name.with_suffix(".png"))


def _objects(file: LabelFile, image: ImageRecord) -> Iterator[Found]:
    for feature in _features(parse_json(file.text, file.path), file):
        properties = _object(feature, "properties", feature.values.get("properties") or {})
        name, color = _class(properties)
        extra = _extra(properties)
        for shape in read_shapes(_object(feature, "geometry", feature.need("geometry")), image.size_hw):
            yield Found(image, shape, name, color, extra)


def _features(content: Any, file: LabelFile) -> Iterator[Record]:
    """The features of a collection, of a list or alone: QuPath writes all of them."""
    kind = content.get("type") if isinstance(content, dict) else None
    features = [content] if kind == "Feature" else content
    if kind == "FeatureCollection":
        features = content.get("features")
    if not isinstance(features, list):
        file.fail(f"expected a FeatureCollection of GeoJSON, got {shown(content)}")
    for feature in Record({"features": features}, file.path, "").records("features"):
        if feature.values.get("type") != "Feature":
            feature.fail(f"type must be 'Feature', not {shown(feature.values.get('type'))}")
        yield feature


def _object(record: Record, key: str, value: Any) -> Record:
    if not isinstance(value, dict):
        record.fail(f"{key} must be an object, not {shown(value)}")
    return Record(value, record.path, f"{record.place}, {key}")


def _class(properties: Record) -> tuple[str, str]:
    """Return the name and colour of the class of an object; a missing colour is ""."""
    if properties.values.get(CLASSIFICATION) is None:
        return UNCLASSIFIED, ""
    said = _object(properties, CLASSIFICATION, properties.values[CLASSIFICATION])
    names = said.values.get("names")
    if isinstance(names, list) and names and all(isinstance(name, str) and name for name in names):
        return ": ".join(names), _color(said)
    return said.text("name"), _color(said)


def _color(classification: Record) -> str:
    """A colour as "#rrggbb", also from the signed number of earlier versions."""
    rgb, number = classification.values.get("color"), classification.values.get("colorRGB")
    if isinstance(rgb, list) and len(rgb) == 3 and all(type(v) is int and 0 <= v <= 255 for v in rgb):
        return "#" + bytes(rgb).hex()
    return f"#{number & 0xFFFFFF:06x}" if type(number) is int else ""


def _extra(properties: Record) -> Extra:
    extra = dict(properties.extra(frozenset({CLASSIFICATION})))
    for key in (OBJECT_TYPE, EARLIER_OBJECT_TYPE):
        if extra.get(key) == ANNOTATION:
            del extra[key]
    return MappingProxyType(extra) if extra else NO_EXTRA


def _classes(known: Known, found: list[Found]) -> dict[str, LabelClass]:
    """By their names, with the colour of the first object that says one unless our own file knows the class."""
    colors: dict[str, str] = {}
    for each in found:
        colors[each.class_name] = colors.get(each.class_name) or each.color
    ours = dict(known.classes)
    return {
        name: each if name in ours else replace(each, color=colors[name])
        for name, each in classes_by_name(known, set(colors)).items()
    }


def _annotations(found: list[Found], classes: Mapping[str, LabelClass]) -> Iterator[Annotation]:
    counts: dict[int, int] = {}
    for each in found:
        number = counts[each.image.id] = counts.get(each.image.id, 0) + 1
        class_id = classes[each.class_name].id
        yield Annotation(f"{each.image.id}:{number}", each.image.id, class_id, each.shape, extra=each.extra)


# --- writing -------------------------------------------------------------------------------------


def _texts(dataset: Dataset) -> dict[str, str]:
    """The files of the folder by name."""
    annotations = by_image(dataset)
    written = written_names(dataset.classes, str)
    classes = {known.id: _classification(written[known.id], known.color) for known in dataset.classes}
    labels = {
        image_id: str(PurePosixPath(name).with_suffix(SUFFIX)) for image_id, name in image_names(dataset.images).items()
    }
    texts = {labels[image.id]: _text(annotations[image.id], classes) for image in dataset.images}
    return {**texts, OWN_FILE: own_text(QUPATH.name, dataset, written, labels, texts)}


def _classification(name: str, color: str) -> dict[str, Any]:
    rgb = {"color": list(bytes.fromhex(color[1:]))} if HEX_COLOR.fullmatch(color) else {}
    return {"name": name, **rgb}


def _text(annotations: list[Annotation], classes: Mapping[int, dict[str, Any]]) -> str:
    features = ",\n".join(
        json.dumps(_feature(found, classes[found.class_id]), allow_nan=False) for found in annotations
    )
    return f'{{"type": "FeatureCollection", "features": [\n{features}\n]}}\n'


def _feature(annotation: Annotation, classification: dict[str, Any]) -> dict[str, Any]:
    own = {OBJECT_TYPE: ANNOTATION, CLASSIFICATION: classification}
    others = {key: value for key, value in annotation.extra.items() if key != CLASSIFICATION}
    return {"type": "Feature", "geometry": geometry_of(annotation.shape), "properties": {**own, **others}}
