"""Export of a project as a `Dataset`, and import of a `Dataset` into a project."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from pathlib import PurePosixPath
from types import MappingProxyType
from uuid import uuid4

from fewclicks.errors import InputError
from fewclicks.labels import Annotation, Dataset, ImageRecord, LabelClass, Point, Provenance
from fewclicks.store.classes import new_classes
from fewclicks.store.events import Change, Request
from fewclicks.store.log import Log
from fewclicks.store.project import Project
from fewclicks.store.records import Classes, ImageRow, ImageSummary
from fewclicks.store.shapes import EmptyShapeError, checked_shape, shape_from_json, shape_to_json
from fewclicks.store.snapshots import Json, Snapshot, dump

NO_SIZE = (0, 0)  # of an image whose format does not tell it
NAMED = 5  # the maximum of missing images that an error names


@dataclass(frozen=True, slots=True)
class ImportReport:
    """The result of an import: annotations added, already present (`known`), and deleted here earlier.

    absent: images that are not in the project. empty: annotations skipped because they cover no pixel. renumbered:
    some images have other ids in the project than in the file. repeated: points in the same pixel as an earlier point
    of their class, which are added all the same. new_classes: the names of the classes that the import added; empty if
    the project had no classes before.
    """

    added: int
    known: int
    deleted: int
    absent: tuple[str, ...]
    empty: tuple[str, ...]
    renumbered: bool
    repeated: tuple[str, ...] = ()
    new_classes: tuple[str, ...] = ()


def export_dataset(project: Project, wanted: Callable[[ImageSummary], bool] = lambda image: True) -> Dataset:
    """Return every class, the wanted images, and their accepted annotations in the order of their creation.

    Images that could never be opened are skipped: they have neither a size nor annotations.
    """
    with project.reading() as log:
        extras = log.class_extras()
        classes = tuple(
            LabelClass(row.id, row.name, row.color, MappingProxyType(extras[row.id])) for row in log.classes()
        )
        images = tuple(
            ImageRecord(row.id, row.file_name, row.width, row.height)
            for row in log.summaries()
            if row.width > 0 and wanted(row)
        )
        ids = {image.id for image in images}
        accepted = [row for row in log.annotations() if row.state == "accepted" and row.image_id in ids]
    return Dataset(classes, images, tuple(_annotation(row) for row in accepted))


def _annotation(row: Snapshot) -> Annotation:
    if row.shape is None:
        raise InputError(f"annotation {row.id!r} is accepted but has no shape; delete it or draw its shape")
    extra = MappingProxyType(row.extra)
    shape = shape_from_json(row.shape)
    return Annotation(row.id, row.image_id, row.class_id, shape, row.crowd, row.provenance, extra)


def import_dataset(project: Project, dataset: Dataset, skip_absent: bool = False, file: str = "") -> ImportReport:
    """Add the annotations of `dataset`, read from `file`, as accepted annotations; all or nothing, as one event.

    Images match by path, or else by a base name that only one image has. Classes match by name; a new class gets the
    colour of the file, and its id unless another class has or had that id. Existing classes get the extra values of
    the file that they lack. Annotations that are already in the project, or were deleted there, are not added again.
    Raises InputError for images that are not in the project (unless `skip_absent`) or have another size, and for
    shapes outside their image.
    """
    with project.changing() as log:
        match, absent = _match_images(dataset.images, log.images())
        if absent and not skip_absent:
            raise InputError(f"{_named(absent)}; add them to the image folder, or use --skip-absent to skip them")
        before = tuple(log.classes())
        classes = _match_classes(log, dataset.classes)
        names = {row.id: row.name for row in log.classes()}
        snapshots, empty = _snapshots(dataset.annotations, match, classes)
        sorted_ = _sorted(log, snapshots)
        _append(log, sorted_.new, before, file)
    renumbered = any(number != row.id for number, row in match.items())
    repeated = tuple(_repeated(dataset.annotations, match))
    known = {row.id for row in before}
    added = tuple(names[each] for each in dict.fromkeys(classes.values()) if each not in known) if known else ()
    return ImportReport(
        len(sorted_.new), sorted_.known, sorted_.deleted, tuple(absent), tuple(empty), renumbered, repeated, added
    )


def _named(absent: list[str]) -> str:
    names = ", ".join(absent[:NAMED]) + (", ..." if len(absent) > NAMED else "")
    count = f"{len(absent)} images are" if len(absent) > 1 else "1 image is"
    return f"{count} not in the project: {names}"


def _match_images(images: Iterable[ImageRecord], rows: list[ImageRow]) -> tuple[dict[int, ImageRow], list[str]]:
    by_path = {row.file_name: row for row in rows}
    by_base: defaultdict[str, list[ImageRow]] = defaultdict(list)
    for row in rows:
        by_base[PurePosixPath(row.file_name).name].append(row)
    match: dict[int, ImageRow] = {}
    absent: list[str] = []
    for image in images:
        name = image.file_name.replace("\\", "/")
        same_base = by_base[PurePosixPath(name).name]
        found = by_path.get(name) or (same_base[0] if len(same_base) == 1 else None)
        if found is None:
            absent.append(image.file_name)
        else:
            match[image.id] = _same_size(image, found)
    return match, absent


def _same_size(image: ImageRecord, row: ImageRow) -> ImageRow:
    if image.size_hw not in (NO_SIZE, row.size_hw):
        sizes = f"{image.width}x{image.height} in the file and {row.width}x{row.height} in the project"
        raise InputError(
            f"image {image.file_name!r} is {sizes}; use the same image for the annotation file and the project"
        )
    return row


def _match_classes(log: Log, classes: Sequence[LabelClass]) -> dict[int, int]:
    """Return the project's class id for each id of the file, after adding new classes."""
    names = {known.id: " ".join(known.name.split()) for known in classes}
    colors = {names[known.id]: known.color for known in classes if known.color}
    ids = {names[known.id]: known.id for known in reversed(classes)}
    rows = log.classes()
    merged = new_classes(list(names.values()), rows, frozenset(log.class_names()), colors, ids)
    if len(merged) > len(rows):
        log.put_classes(merged)
    own_ids = {row.name: row.id for row in merged}
    match = {class_id: own_ids[name] for class_id, name in names.items()}
    _add_extras(log, classes, match)
    return match


def _add_extras(log: Log, classes: Iterable[LabelClass], match: Mapping[int, int]) -> None:
    extras = log.class_extras()
    for known in classes:
        extras[match[known.id]] = {**known.extra, **extras[match[known.id]]}
    log.put_class_extras(extras)


def _snapshots(
    annotations: Iterable[Annotation], images: Mapping[int, ImageRow], classes: Mapping[int, int]
) -> tuple[list[Snapshot], list[str]]:
    """Return the annotations of present images as stored by the project, and the names of those without pixels."""
    snapshots: list[Snapshot] = []
    empty: list[str] = []
    for annotation in annotations:
        if annotation.image_id not in images:
            continue
        image = images[annotation.image_id]
        try:
            snapshots.append(_snapshot(annotation, image, classes[annotation.class_id]))
        except EmptyShapeError:
            empty.append(f"{image.file_name}: annotation {annotation.id}")
    return snapshots, empty


def _repeated(annotations: Iterable[Annotation], images: Mapping[int, ImageRow]) -> Iterator[str]:
    """Name the points in the same pixel as an earlier point of their class."""
    seen: set[tuple[int, int, int, int]] = set()
    for annotation in annotations:
        if isinstance(annotation.shape, Point) and annotation.image_id in images:
            x, y = map(int, annotation.shape.xy)
            pixel = (annotation.image_id, annotation.class_id, x, y)
            if pixel in seen:
                yield f"{images[annotation.image_id].file_name}: annotation {annotation.id}"
            seen.add(pixel)


@dataclass(slots=True)
class _Sorted:
    """Annotations of a file: new ones, and the numbers of present and of deleted ones."""

    new: list[Snapshot] = field(default_factory=list)
    known: int = 0
    deleted: int = 0


def _sorted(log: Log, snapshots: Iterable[Snapshot]) -> _Sorted:
    rows = log.annotations(deleted=True)
    present = Counter(_fingerprint(row) for row in rows if row.shape and row.state != "deleted")
    ever, deleted = {row.id for row in rows}, {row.id for row in rows if row.state == "deleted"}
    times: Counter[str] = Counter()
    found = _Sorted()
    for snapshot in snapshots:
        content = _fingerprint(snapshot)
        times[content] += 1
        named = replace(snapshot, id=f"import-{content}-{times[content]}")
        if present[content] > 0 or named.id in ever:
            was_deleted = present[content] <= 0 and named.id in deleted
            found.deleted += was_deleted
            found.known += not was_deleted
            present[content] -= 1
        else:
            found.new.append(named)
    return found


def _snapshot(annotation: Annotation, image: ImageRow, class_id: int) -> Snapshot:
    try:
        shape = checked_shape(shape_to_json(annotation.shape), image.size_hw)
    except EmptyShapeError:
        raise
    except InputError as error:
        raise InputError(error.problem, image.file_name, f"annotation {annotation.id}") from error
    made = replace(annotation.provenance or Provenance(), method="import", weights="", round=0)
    extra: Json = dict(annotation.extra)
    return Snapshot("", image.id, class_id, "accepted", shape, crowd=annotation.crowd, provenance=made, extra=extra)


def _fingerprint(row: Snapshot) -> str:
    """Return a text that is equal for annotations of the same image, class, crowd flag and shape."""
    text = dump([row.image_id, row.class_id, row.crowd, row.shape])
    return blake2b(text.encode(), digest_size=12).hexdigest()


def _append(log: Log, new: Sequence[Snapshot], before: Classes, file: str) -> None:
    present = tuple(log.classes())
    classes = Change(before, present) if present != before else None
    if new or classes:
        log.append_import(Request(uuid4().hex, "import", "import", {"file": file}), new, classes)
