"""Objects of a project, counted by image and class."""

from collections import Counter
from dataclasses import dataclass

from sqlalchemy import Connection, case, func, select

from fewclicks.store.editing import BOXES
from fewclicks.store.proposals import Proposals
from fewclicks.store.tables import AnnotationTable, ProposalsTable

IS_POINT = func.json_extract(AnnotationTable.snapshot, "$.shape.type") == "point"
IS_BOX = func.json_extract(AnnotationTable.snapshot, "$.shape.type").in_(BOXES)
IS_ACCEPTED = AnnotationTable.state == "accepted"
COUNTED = (
    select(
        AnnotationTable.image_id,
        AnnotationTable.class_id,
        func.sum(case((IS_ACCEPTED & IS_POINT, 1), else_=0)),
        func.sum(case((IS_ACCEPTED, 1), else_=0)),
        func.sum(case((AnnotationTable.state == "proposed", 1), else_=0)),
    )
    .where(AnnotationTable.state != "deleted")
    .group_by(AnnotationTable.image_id, AnnotationTable.class_id)
)

Cell = tuple[int, int]
"""The ids of an image and a class."""


@dataclass(frozen=True, slots=True)
class Count:
    """The objects of a class: accepted points, all accepted annotations, suggested points, and all suggestions.

    Suggestions are counted with every confidence. A suggested move is not a suggested object.
    """

    points: int = 0
    annotations: int = 0
    suggested_points: int = 0
    suggestions: int = 0

    def __add__(self, other: "Count") -> "Count":
        return Count(
            self.points + other.points,
            self.annotations + other.annotations,
            self.suggested_points + other.suggested_points,
            self.suggestions + other.suggestions,
        )


class Counts:
    """The counts of one project, read in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def accepted(self) -> dict[int, int]:
        """Return the number of accepted annotations of each class that has one."""
        query = select(AnnotationTable.class_id, func.count()).where(IS_ACCEPTED).group_by(AnnotationTable.class_id)
        return {row[0]: row[1] for row in self._connection.execute(query)}

    def all(self) -> dict[Cell, Count]:
        """Return the count of each image and class that is not zero."""
        points, boxes = self._suggested()
        counts = {
            (image_id, class_id): Count(points_, annotations, 0, proposed)
            for image_id, class_id, points_, annotations, proposed in self._connection.execute(COUNTED)
        }
        for cell in points + boxes:
            suggested = Count(0, 0, points[cell], points[cell] + boxes[cell])
            counts[cell] = counts.get(cell, Count()) + suggested
        return counts

    def boxes(self, class_id: int | None = None) -> dict[int, int]:
        """Return the number of accepted boxes of a class, or of all classes, in each image that has some."""
        query = select(AnnotationTable.image_id, func.count()).where(IS_ACCEPTED, IS_BOX)
        chosen = query if class_id is None else query.where(AnnotationTable.class_id == class_id)
        rows = self._connection.execute(chosen.group_by(AnnotationTable.image_id))
        return {row[0]: row[1] for row in rows}

    def _suggested(self) -> tuple[Counter[Cell], Counter[Cell]]:
        """Return the numbers of suggested points and of suggested boxes."""
        points: Counter[Cell] = Counter()
        boxes: Counter[Cell] = Counter()
        for text in self._connection.execute(select(ProposalsTable.snapshot)).scalars():
            proposals = Proposals.from_json(text)
            boxes.update((proposals.image_id, class_id) for class_id in proposals.class_ids)
            points.update((proposals.image_id, point["class_id"]) for each in proposals.points for point in each.points)
        return points, boxes
