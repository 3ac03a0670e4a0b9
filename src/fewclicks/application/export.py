"""The export of a project: what it will contain, the data set, and the bytes of one file."""

import io
import tempfile
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from fewclicks.application.image_choice import ImageChoice, is_chosen
from fewclicks.application.written import Written, counted, written
from fewclicks.formats import formats, get_format, get_spec
from fewclicks.formats.shape_kinds import lacking
from fewclicks.formats.spec import ShapeKind
from fewclicks.labels import Dataset
from fewclicks.store.datasets import export_dataset
from fewclicks.store.project import Project
from fewclicks.store.records import ImageSummary

ZIP = "application/zip"
EARLIEST = (1980, 1, 1, 0, 0, 0)  # the date of every file in a ZIP: the same files give the same bytes
REASONS: dict[ImageChoice, str] = {"labelled": "not done, no accepted annotation", "done": "not done"}


@dataclass(frozen=True, slots=True)
class ExportPlan:
    """What an export will contain: `images` of the `of` images of the project, with `annotations` accepted ones.

    left_out: a line for each kind of content that stays out, with the reason. lacking: by the name of a format, a line
    for each kind of shape that this format leaves out too; formats that hold all of them are not in it.
    """

    choice: ImageChoice
    images: int
    of: int
    annotations: int
    left_out: tuple[str, ...]
    lacking: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Exported:
    """A file with its suffix and media type, and what it contains.

    left_out: a line for each kind of content that was not exported.
    """

    content: bytes
    suffix: str
    media_type: str
    written: Written
    left_out: tuple[str, ...]


def plan_exports(project: Project) -> tuple[ExportPlan, ...]:
    """Return what an export will contain, for each choice of images."""
    with project.reading() as log:
        images, with_boxes = log.summaries(), log.count_images_with_suggested_boxes()
        kinds, of_points = log.count_accepted_shapes(), log.suggested_points()
    where = {
        "suggested boxes": with_boxes,
        "suggested points": sum(any(each.points for each in image.points) for image in of_points),
        "suggested moves of points": sum(any(each.moves for each in image.points) for image in of_points),
    }
    suggestions = tuple(_suggestions(sum(image.proposed for image in images), where))
    return tuple(_plan(choice, images, suggestions, kinds) for choice in get_args(ImageChoice))


def chosen_dataset(project: Project, choice: ImageChoice) -> Dataset:
    """Return the classes, the chosen images and their accepted annotations."""
    return export_dataset(project, lambda image: is_chosen(choice, image))


def export(project: Project, format_name: str, choice: ImageChoice) -> Exported:
    """Return the accepted annotations of the chosen images, as a ZIP file when the format has several files.

    Raises NotFoundError when there is no such format, InputError when the annotations contradict each other.
    """
    spec, chosen = get_spec(format_name), get_format(format_name)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"{spec.name}{spec.suffix}")
        dataset = chosen_dataset(project, choice)
        left_out = tuple(chosen.write(dataset, path))
        known = written(dataset, spec, left_out)
        if path.is_file() and list(Path(folder).iterdir()) == [path]:
            return Exported(path.read_bytes(), spec.suffix, spec.media_type, known, left_out)
        return Exported(_zipped(Path(folder)), ".zip", ZIP, known, left_out)


def _plan(
    choice: ImageChoice,
    images: list[ImageSummary],
    suggestions: tuple[str, ...],
    kinds: Mapping[int, Mapping[ShapeKind, int]],
) -> ExportPlan:
    measured = [image for image in images if image.width > 0]
    chosen = [image for image in measured if is_chosen(choice, image)]
    held, accepted = _accepted(chosen), _accepted(measured)
    lines = []
    if others := len(measured) - len(chosen):
        lost = f", {counted(accepted - held, 'accepted annotation')}" if accepted > held else ""
        lines.append(f"{counted(others, 'image')} ({REASONS[choice]}{lost})")
    if broken := len(images) - len(measured):
        lines.append(f"{counted(broken, 'image')} (could never be opened)")
    lacked = _lacking(kinds.get(image.id, {}) for image in chosen)
    return ExportPlan(choice, len(chosen), len(images), held, (*lines, *suggestions), lacked)


def _lacking(kinds: Iterable[Mapping[ShapeKind, int]]) -> Mapping[str, tuple[str, ...]]:
    counts: Counter[ShapeKind] = Counter()
    for of_image in kinds:
        counts.update(of_image)
    lines = {spec.name: tuple(lacking(counts, spec)) for spec in formats().values()}
    return {name: found for name, found in lines.items() if found}


def _suggestions(proposed: int, images_with: Mapping[str, int]) -> Iterator[str]:
    if proposed:
        yield f"{counted(proposed, 'suggestion')} (not accepted)"
    for what, images in images_with.items():
        if images:
            yield f"{what} in {counted(images, 'image')} (not accepted)"


def _accepted(images: list[ImageSummary]) -> int:
    return sum(image.annotations - image.proposed for image in images)


def _zipped(folder: Path) -> bytes:
    """Return a ZIP file of every file below `folder`."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), EARLIEST)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, path.read_bytes(), zipfile.ZIP_DEFLATED)
    return buffer.getvalue()
