"""The REST contract of the queue of questions and of its ledger.

GET  /api/questions?holder=       WorkProgress
POST /api/questions/next          NextRequest -> NextAnswer
POST /api/questions/answers       AnswerRequest -> ChangeAnswer (409 `outdated`: answered already; 404: none such)
POST /api/questions/undo          UndoAnswerRequest -> UndoneAnswer (409: nothing to undo)
POST /api/questions/give-back     HolderRequest -> nothing
POST /api/questions/skipped       HolderRequest -> WorkProgress
GET  /api/ledger             LedgerAnswer
GET  /api/ledger.csv         the columns of LedgerRow
"""

from typing import Annotated, Literal

from pydantic import Field

from fewclicks.server.schemas.annotations import AnnotationSchema
from fewclicks.server.schemas.base import Coordinate, Id, Number, Schema
from fewclicks.server.schemas.changes import ChangeAnswer
from fewclicks.server.schemas.shapes import ShapeSchema
from fewclicks.work.ledger import LedgerRow, LedgerTotals

Holder = Annotated[str, Field(min_length=1, max_length=100)]
ItemId = Annotated[str, Field(min_length=1, max_length=64)]


class WorkProgress(Schema):
    """The number of questions that are answered, skipped and still open; `elsewhere`: open ones on other screens."""

    answered: int
    skipped: int
    left: int
    elsewhere: int


class HolderRequest(Schema):
    """`holder`: the name of a page, which has questions until it gives them back or their lease ends."""

    holder: Holder


class NextRequest(HolderRequest):
    """Ask for the first `count` questions. Without `refresh`, those that the page has already are among them.

    `refresh`: first add questions about new suggestions, and remove those whose suggestions are gone. Then release the
    questions of the page, except those in `keep`: the ids of the question on the screen and of those whose answers the
    server does not have yet.
    """

    count: Annotated[int, Field(ge=1, le=100)]
    refresh: bool = False
    keep: Annotated[list[ItemId], Field(max_length=100, default_factory=list)]


class QuestionSchema(Schema):
    """A question about a suggestion or an area. Nobody else gets it for `lease_seconds`.

    `shape` and `class_id` describe the suggestion. For an area, `shape` is the area, and `class_id` the class of the
    suggestion in its middle. For a move, `shape` is the new place of the point that is at `from_xy` now. `confidence`:
    that of a box, point or move, or the predicted IoU of a mask; null for an area. `method` and `weights`: the model
    that made it; `strategy`: what put the question into the queue. `around`: accepted annotations near it.
    """

    id: ItemId
    kind: Literal["box", "mask", "point", "move", "area"]
    image_id: Number
    file_name: str
    width: int
    height: int
    large: bool
    shape: ShapeSchema
    from_xy: tuple[Coordinate, Coordinate] | None = None
    class_id: Number
    confidence: float | None
    method: str
    weights: str
    strategy: str
    around: list[AnnotationSchema]


class NextAnswer(Schema):
    questions: list[QuestionSchema]
    progress: WorkProgress
    lease_seconds: float


class AnswerRequest(Schema):
    """An answer to a question; it is one event of the question's image.

    `answer`: "accept" makes the suggestion an annotation, with `class_id` and `shape` if they are given; "delete": it
    is not an object; "missing" adds an object of `class_id` and `shape`, and the question stays open; "skip" asks it
    later. For an area, "accept" means that nothing is missing in it, and "delete" is refused. `clicks`: clicks and
    drags. `seconds`: since the question was on screen.
    """

    id: Annotated[str, Field(min_length=1, max_length=56)]
    item_id: ItemId
    answer: Literal["accept", "delete", "missing", "skip"]
    class_id: Number | None = None
    shape: ShapeSchema | None = None
    clicks: Annotated[int, Field(ge=0, le=10_000)] = 0
    seconds: Annotated[float, Field(ge=0, le=86400)] = 0.0


class UndoAnswerRequest(Schema):
    """Undo an answer of this author: that of the request `of`, null: the latest one."""

    id: Id
    of: Id | None = None
    seconds: Annotated[float, Field(ge=0, le=86400)] = 0.0


class UndoneAnswer(Schema):
    """What undo changed, and the question, which is open again; null: its suggestion is gone."""

    change: ChangeAnswer
    question: QuestionSchema | None


class LedgerAnswer(Schema):
    """Every answer, latest first, and what they cost together."""

    rows: list[LedgerRow]
    total: LedgerTotals
