"""The statements of `repository.py`. Those of every click are built once: building one takes longer than running it."""

from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Select, bindparam, case, delete, func, literal_column, select, true
from sqlalchemy.dialects.sqlite import Insert
from sqlalchemy.dialects.sqlite import insert as upsert

from fewclicks.store.records import ClassRow, ImageRow, ImageStatus
from fewclicks.store.tables import AnnotationTable, ClassTable, EventTable, ImageStatusTable, ImageTable, ProposalsTable

LIVE = AnnotationTable.state != "deleted"
NO_STATUS = ImageStatus()
IMAGE_COLUMNS = [getattr(ImageTable, name) for name in ImageRow.__dataclass_fields__]


def _summary_query(*only: ColumnElement[bool]) -> Select[Any]:
    """Build the query of the image list; `only`: conditions on annotations, events and images, in this order."""
    of_objects, of_events, of_images = only or (true(), true(), true())
    counted = (
        select(
            AnnotationTable.image_id,
            func.count().label("annotations"),
            func.sum(case((AnnotationTable.state == "proposed", 1), else_=0)).label("proposed"),
            func.min(AnnotationTable.quality).label("worst_quality"),
        )
        .where(LIVE, of_objects)
        .group_by(AnnotationTable.image_id)
        .subquery()
    )
    clicks, seconds = func.sum(EventTable.clicks).label("clicks"), func.sum(EventTable.seconds).label("seconds")
    spent = select(EventTable.image_id, clicks, seconds).where(of_events).group_by(EventTable.image_id).subquery()
    columns: list[Any] = [
        ImageTable.id,
        ImageTable.file_name,
        ImageTable.width,
        ImageTable.height,
        func.coalesce(ImageStatusTable.status, NO_STATUS.status),
        func.coalesce(ImageStatusTable.version, NO_STATUS.version),
        func.coalesce(counted.c.annotations, 0),
        func.coalesce(counted.c.proposed, 0),
        func.coalesce(spent.c.clicks, 0),
        func.coalesce(spent.c.seconds, 0.0),
        counted.c.worst_quality,
        ImageTable.problem,
    ]
    return (
        select(*columns)
        .where(of_images)
        .outerjoin(ImageStatusTable, ImageStatusTable.image_id == ImageTable.id)
        .outerjoin(counted, counted.c.image_id == ImageTable.id)
        .outerjoin(spent, spent.c.image_id == ImageTable.id)
        .order_by(ImageTable.position)
    )


def _shape(name: str) -> ColumnElement[Any]:
    """Return a value of an annotation's shape."""
    return func.json_extract(AnnotationTable.snapshot, f"$.shape.{name}")


def _put(table: type[AnnotationTable | ProposalsTable], key: str, *others: str) -> Insert:
    """Build the statement that inserts a row, or replaces the columns `others` of the row with this `key`."""
    statement = upsert(table)
    return statement.on_conflict_do_update(
        index_elements=[key], set_={name: statement.excluded[name] for name in others}
    )


ID: BindParameter[Any] = bindparam("id")
IS_POINT = _shape("type") == "point"
SUMMARIES = _summary_query()
SUMMARY = _summary_query(AnnotationTable.image_id == ID, EventTable.image_id == ID, ImageTable.id == ID)
IMAGE = select(*IMAGE_COLUMNS).where(ImageTable.id == ID)
CLASS_COLUMNS = [getattr(ClassTable, name) for name in ClassRow.__dataclass_fields__]
CLASSES = select(*CLASS_COLUMNS).where(ClassTable.position.is_not(None)).order_by(ClassTable.position)
CLASS = select(*CLASS_COLUMNS).where(ClassTable.id == ID)
IS_PRESENT = select(ClassTable.position.is_not(None)).where(ClassTable.id == ID)
ANNOTATION = select(AnnotationTable.snapshot).where(AnnotationTable.id == ID)
PLACE: ColumnElement[int] = literal_column("rowid")  # among those of one event
ANNOTATIONS = select(AnnotationTable.snapshot).order_by(AnnotationTable.seq, PLACE)
OF_IMAGE = AnnotationTable.image_id == ID
ANNOTATIONS_OF_IMAGE, LIVE_OF_IMAGE = ANNOTATIONS.where(OF_IMAGE), ANNOTATIONS.where(OF_IMAGE, LIVE)
ACCEPTED_OF_IMAGE = select(AnnotationTable.id, AnnotationTable.class_id, AnnotationTable.snapshot).where(
    OF_IMAGE, AnnotationTable.state == "accepted"
)
SHAPE_KIND = func.json_extract(AnnotationTable.snapshot, "$.shape.type")
ACCEPTED_SHAPES = (
    select(AnnotationTable.image_id, SHAPE_KIND, func.count())
    .where(AnnotationTable.state == "accepted")
    .group_by(AnnotationTable.image_id, SHAPE_KIND)
)
POINTS_ELSEWHERE = (
    select(
        AnnotationTable.image_id,
        AnnotationTable.class_id,
        AnnotationTable.id.label("target"),
        _shape("x").label("x"),
        _shape("y").label("y"),
    )
    .where(AnnotationTable.image_id != ID, AnnotationTable.state == "accepted", IS_POINT)
    .order_by(AnnotationTable.seq.desc(), PLACE.desc())
)
PUT_ANNOTATION = _put(AnnotationTable, "id", "image_id", "class_id", "state", "quality", "snapshot")
DROP_ANNOTATION = delete(AnnotationTable).where(AnnotationTable.id == ID)
PUT_PROPOSALS = _put(ProposalsTable, "image_id", "seq", "clicks", "snapshot")
PROPOSALS = select(ProposalsTable.snapshot).where(ProposalsTable.image_id == ID)
CLICKED = (
    select(ProposalsTable.image_id, ProposalsTable.clicks)
    .where(ProposalsTable.clicks != "[]", ProposalsTable.image_id != ID)
    .order_by(ProposalsTable.seq.desc())
)
