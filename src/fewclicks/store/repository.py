"""Reading and writing of the rows of a project, within one transaction; the statements are in `statements.py`."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime

from sqlalchemy import Connection, and_, bindparam, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from fewclicks.errors import InputError, NotFoundError
from fewclicks.formats.spec import ShapeKind
from fewclicks.store.batches import Batches
from fewclicks.store.chosen_models import ChosenModels
from fewclicks.store.counts import Counts
from fewclicks.store.jobs import Jobs
from fewclicks.store.proposals import Proposals
from fewclicks.store.records import ClassRow, ImageRow, ImageStatus, ImageSummary, ProjectRow
from fewclicks.store.snapshots import Json, Snapshot, dump
from fewclicks.store.statements import (
    ACCEPTED_OF_IMAGE,
    ACCEPTED_SHAPES,
    ANNOTATION,
    ANNOTATIONS,
    ANNOTATIONS_OF_IMAGE,
    CLASS,
    CLASSES,
    CLICKED,
    DROP_ANNOTATION,
    IMAGE,
    IMAGE_COLUMNS,
    IS_PRESENT,
    LIVE,
    LIVE_OF_IMAGE,
    POINTS_ELSEWHERE,
    PROPOSALS,
    PUT_ANNOTATION,
    PUT_PROPOSALS,
    SUMMARIES,
    SUMMARY,
)
from fewclicks.store.tables import (
    AnnotationTable,
    ClassTable,
    ImageStatusTable,
    ImageTable,
    ProjectTable,
    ProposalsTable,
)
from fewclicks.store.work import Work


class Repository:
    """The rows of one project, read and changed in one transaction; `log.Log` adds the events."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.jobs = Jobs(connection)
        self.batches = Batches(connection)
        self.counts = Counts(connection)
        self.chosen_models = ChosenModels(connection)
        self.work = Work(connection)

    # --- project ------------------------------------------------------------------------------

    def set_project(self, row: ProjectRow) -> None:
        """Store the row of the project, once, when it is created."""
        now = datetime.now(UTC).replace(tzinfo=None)
        self._connection.execute(insert(ProjectTable).values(id=1, created_at=now, **asdict(row)))

    def project(self) -> ProjectRow | None:
        """Return the row of the project; None in empty tables."""
        query = select(ProjectTable.uid, ProjectTable.name, ProjectTable.images)
        row = self._connection.execute(query).first()
        return ProjectRow(*row) if row else None

    def round_settings(self) -> Json:
        """Return the settings of learning rounds that somebody has changed, by name."""
        return dict(self._connection.execute(select(ProjectTable.rounds)).scalar_one())

    def put_round_settings(self, settings: Json) -> None:
        """Store settings of learning rounds."""
        self._connection.execute(update(ProjectTable).values(rounds=settings))

    # --- classes ------------------------------------------------------------------------------

    def classes(self) -> list[ClassRow]:
        """Return the classes in their order, without removed ones."""
        return [ClassRow(*row) for row in self._connection.execute(CLASSES)]

    def class_names(self) -> dict[int, str]:
        """Return the name of every class by id; of removed ones the last name."""
        return {row.id: row.name for row in self._connection.execute(select(ClassTable.id, ClassTable.name))}

    def put_classes(self, classes: Sequence[ClassRow]) -> None:
        """Make `classes` the classes, in this order; the others are removed but stay in the table."""
        self._connection.execute(update(ClassTable).values(position=None))
        for position, row in enumerate(classes):
            values = asdict(row) | {"position": position}
            self._connection.execute(upsert(ClassTable).values(values).on_conflict_do_update(set_=values))

    def class_extras(self) -> dict[int, Json]:
        """Return the extra values from imported files of every class by id, removed ones included."""
        return {row.id: row.extra for row in self._connection.execute(select(ClassTable.id, ClassTable.extra))}

    def put_class_extras(self, extras: Mapping[int, Json]) -> None:
        """Store extra values of classes by id."""
        for class_id, extra in extras.items():
            self._connection.execute(update(ClassTable).where(ClassTable.id == class_id).values(extra=extra))

    def class_row(self, class_id: int) -> ClassRow:
        """Return the class, removed or not. Raises NotFoundError for an unknown id."""
        row = self._connection.execute(CLASS, {"id": class_id}).first()
        if row is None:
            raise NotFoundError(f"no class {class_id} in this project; reload the page")
        return ClassRow(*row)

    def has_class(self, class_id: int) -> bool:
        """Return whether the class is not removed. Raises NotFoundError for an unknown id."""
        present = self._connection.execute(IS_PRESENT, {"id": class_id}).scalar()
        if present is None:
            raise NotFoundError(f"no class {class_id} in this project; reload the page")
        return bool(present)

    def used_classes(self, besides: Collection[str] = ()) -> set[int]:
        """Return the ids of the classes in use, ignoring deleted annotations and those in `besides`."""
        others = AnnotationTable.id.not_in(besides)
        return set(self._connection.execute(select(AnnotationTable.class_id).where(LIVE, others).distinct()).scalars())

    # --- images -------------------------------------------------------------------------------

    def images(self) -> list[ImageRow]:
        """Return every image, in natural order of the names."""
        query = select(*IMAGE_COLUMNS).order_by(ImageTable.position)
        return [ImageRow(*row) for row in self._connection.execute(query)]

    def image(self, image_id: int) -> ImageRow:
        """Return the image. Raises NotFoundError."""
        row = self._connection.execute(IMAGE, {"id": image_id}).first()
        if row is None:
            raise NotFoundError(f"no image {image_id} in this project; reload the page")
        return ImageRow(*row)

    def measured_image(self, image_id: int) -> ImageRow:
        """Return an image of known size. Raises NotFoundError, or InputError if it could never be opened."""
        row = self.image(image_id)
        if row.width == 0:
            raise InputError(row.problem or "cannot open the image; check the file", row.file_name)
        return row

    def next_image(self, position: int) -> ImageRow | None:
        """Return the first image after `position` that can be opened, or None."""
        follows = and_(ImageTable.position > position, ImageTable.problem.is_(None))
        query = select(*IMAGE_COLUMNS).where(follows).order_by(ImageTable.position).limit(1)
        row = self._connection.execute(query).first()
        return ImageRow(*row) if row else None

    def put_images(self, rows: Iterable[ImageRow]) -> None:
        """Store new and changed images; two images may exchange their names."""
        values = [asdict(row) for row in rows]
        ids = [row["id"] for row in values]
        for start in range(0, len(ids), 500):  # names are unique at every moment: replace the old ones first
            chunk = ImageTable.id.in_(ids[start : start + 500])
            self._connection.execute(update(ImageTable).where(chunk).values(file_name=_placeholder()))
        if values:
            statement = upsert(ImageTable)
            columns = {name: statement.excluded[name] for name in ImageRow.__dataclass_fields__ if name != "id"}
            self._connection.execute(statement.on_conflict_do_update(index_elements=["id"], set_=columns), values)

    def put_positions(self, positions: Mapping[int, int]) -> None:
        """Store positions of images, by id."""
        values = [{"of": number, "at": position} for number, position in positions.items()]
        if values:
            statement = update(ImageTable).where(ImageTable.id == bindparam("of")).values(position=bindparam("at"))
            self._connection.execute(statement, values)

    def set_problem(self, image_id: int, problem: str | None) -> None:
        """Store why the image cannot be opened; None: it can."""
        self._connection.execute(update(ImageTable).where(ImageTable.id == image_id).values(problem=problem))

    def status(self, image_id: int) -> ImageStatus:
        """Return the status of the image. Raises NotFoundError."""
        summary = self.summary(image_id)
        return ImageStatus(summary.status, summary.status_version)

    def set_status(self, image_id: int, status: ImageStatus) -> None:
        """Store the status of the image."""
        values = {"image_id": image_id} | asdict(status)
        self._connection.execute(upsert(ImageStatusTable).values(values).on_conflict_do_update(set_=values))

    def summaries(self) -> list[ImageSummary]:
        """Return the rows of the image list in natural order, by one query."""
        return [ImageSummary(*row) for row in self._connection.execute(SUMMARIES)]

    def summary(self, image_id: int) -> ImageSummary:
        """Return one row of the image list. Raises NotFoundError."""
        row = self._connection.execute(SUMMARY, {"id": image_id}).first()
        if row is None:
            raise NotFoundError(f"no image {image_id} in this project; reload the page")
        return ImageSummary(*row)

    # --- annotations --------------------------------------------------------------------------

    def annotations(self, image_id: int | None = None, deleted: bool = False) -> list[Snapshot]:
        """Return the annotations of an image, or of all images, in the order of their creation."""
        if image_id is None:
            rows = self._connection.execute(ANNOTATIONS if deleted else ANNOTATIONS.where(LIVE))
        else:
            rows = self._connection.execute(ANNOTATIONS_OF_IMAGE if deleted else LIVE_OF_IMAGE, {"id": image_id})
        return [Snapshot.from_json(text) for text in rows.scalars()]

    def accepted(self, image_id: int) -> list[tuple[str, int, str]]:
        """Return id, class id and stored JSON of the accepted annotations; to decode all of them would be slow."""
        rows = self._connection.execute(ACCEPTED_OF_IMAGE, {"id": image_id})
        return [(row.id, row.class_id, row.snapshot) for row in rows]

    def points_elsewhere(self, image_id: int) -> dict[int, tuple[Json, ...]]:
        """Return the accepted points of other images by image id, newest first: `{"x", "y", "class_id", "target"}`."""
        rows = self._connection.execute(POINTS_ELSEWHERE, {"id": image_id})
        found: defaultdict[int, list[Json]] = defaultdict(list)
        for row in rows.mappings():
            found[row["image_id"]].append({name: row[name] for name in ("x", "y", "class_id", "target")})
        return {each: tuple(points) for each, points in found.items()}

    def annotation(self, annotation_id: str) -> Snapshot | None:
        """Return the annotation, or None."""
        text = self._connection.execute(ANNOTATION, {"id": annotation_id}).scalar()
        return None if text is None else Snapshot.from_json(text)

    def put_annotations(self, snapshots: Iterable[Snapshot], seq: int) -> None:
        """Store annotations; `seq`, the number of the event, gives new ones their place in the order."""
        values = [
            {
                "id": snapshot.id,
                "seq": seq,
                "image_id": snapshot.image_id,
                "class_id": snapshot.class_id,
                "state": snapshot.state,
                "quality": snapshot.provenance.predicted_quality,
                "snapshot": snapshot.to_json(),
            }
            for snapshot in snapshots
        ]
        if values:
            self._connection.execute(PUT_ANNOTATION, values)

    def drop_annotations(self, ids: Collection[str]) -> None:
        """Remove the rows of annotations."""
        if ids:
            self._connection.execute(DROP_ANNOTATION, [{"id": each} for each in ids])

    # --- suggestions --------------------------------------------------------------------------

    def proposals(self, image_id: int) -> Proposals:
        """Return the class clicks of an image and the suggested boxes."""
        text = self._connection.execute(PROPOSALS, {"id": image_id}).scalar()
        return Proposals(image_id) if text is None else Proposals.from_json(text)

    def clicks_elsewhere(self, image_id: int) -> dict[int, tuple[Json, ...]]:
        """Return the class clicks of all other images by image id, latest change first."""
        rows = self._connection.execute(CLICKED, {"id": image_id})
        return {row.image_id: tuple(json.loads(row.clicks)) for row in rows}

    def suggested_points(self) -> list[Proposals]:
        """Return the suggestions of every image in which a model of points was asked, in the order of the image ids."""
        return self._suggestions("$.points")

    def suggested_boxes(self) -> list[Proposals]:
        """Return the suggestions of every image with suggested boxes, in the order of the image ids."""
        return self._suggestions("$.boxes")

    def _suggestions(self, of: str) -> list[Proposals]:
        is_asked = func.json_array_length(ProposalsTable.snapshot, of) > 0
        query = select(ProposalsTable.snapshot).where(is_asked).order_by(ProposalsTable.image_id)
        return [Proposals.from_json(text) for text in self._connection.execute(query).scalars()]

    def count_images_with_suggested_boxes(self) -> int:
        """Return the number of images with suggested boxes, of whatever confidence."""
        query = select(func.count()).where(func.json_array_length(ProposalsTable.snapshot, "$.boxes") > 0)
        return int(self._connection.execute(query).scalar_one())

    def count_accepted_shapes(self) -> dict[int, dict[ShapeKind, int]]:
        """Return the number of accepted annotations of each kind of shape, by image."""
        counts: dict[int, dict[ShapeKind, int]] = {}
        for image_id, kind, count in self._connection.execute(ACCEPTED_SHAPES):
            counts.setdefault(image_id, {})[kind] = count
        return counts

    def put_proposals(self, proposals: Proposals, seq: int) -> None:
        """Store the class clicks and suggestions of an image after the event `seq`."""
        clicks, snapshot = dump(proposals.clicks), proposals.to_json()
        values = {"image_id": proposals.image_id, "seq": seq, "clicks": clicks, "snapshot": snapshot}
        self._connection.execute(PUT_PROPOSALS, values)


def _placeholder() -> object:
    return func.char(0) + func.cast(ImageTable.id, ImageTable.file_name.type)
