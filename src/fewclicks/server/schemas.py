"""The REST contract between the page and the server, published as OpenAPI.

Ids of events and annotations are made by the client (any string of 1 to 64 characters, UUIDs in the page),
so that a repeated request has no further effect. Coordinates are image pixels.
"""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from fewclicks.answers import Task
from fewclicks.store.shapes import FARTHEST

Id = Annotated[str, Field(min_length=1, max_length=64)]
Version = Annotated[str, Field(max_length=64)]
Number = Annotated[int, Field(ge=1, lt=2**53)]  # id of an image or a class, in the range of JavaScript and SQLite
Coordinate = Annotated[float, Field(allow_inf_nan=False, ge=-FARTHEST, le=FARTHEST)]
Point = tuple[Coordinate, Coordinate]
Score = Annotated[float, Field(ge=0, le=1)]
ModelName = Annotated[str, Field(min_length=1, max_length=100)]  # of `GET /api/methods`


class Schema(BaseModel):
    # Responses have every field, so the page does not handle missing ones.
    model_config = ConfigDict(extra="forbid", json_schema_serialization_defaults_required=True)


# --- shapes --------------------------------------------------------------------------------------


class BoxShape(Schema):
    type: Literal["box"] = "box"
    xyxy: tuple[Coordinate, Coordinate, Coordinate, Coordinate]


class OrientedBoxShape(Schema):
    """A box with the sides `w` and `h` around `cx`, `cy`, rotated by `angle` radians, clockwise on the screen."""

    type: Literal["oriented_box"] = "oriented_box"
    cx: Coordinate
    cy: Coordinate
    w: Coordinate
    h: Coordinate
    angle: Coordinate


class PolygonsShape(Schema):
    type: Literal["polygons"] = "polygons"
    rings: list[list[Coordinate]]


class MaskShape(Schema):
    """COCO compressed run lengths: column-major, zeros first, of the whole image `size` = [height, width].

    `xyxy` is the mask's tight box (integers), so that a client decodes only that crop.
    """

    type: Literal["mask"] = "mask"
    size: tuple[int, int]
    counts: str
    xyxy: tuple[int, int, int, int]


class PointShape(Schema):
    """A place in an object; on the border of the image at most."""

    type: Literal["point"] = "point"
    x: Coordinate
    y: Coordinate


ShapeSchema = Annotated[
    BoxShape | OrientedBoxShape | PolygonsShape | MaskShape | PointShape, Field(discriminator="type")
]


# --- prompts -------------------------------------------------------------------------------------


class ClickPrompt(Schema):
    type: Literal["click"] = "click"
    x: Coordinate
    y: Coordinate
    adds: bool
    round: int = 0


class BoxPromptSchema(Schema):
    type: Literal["box"] = "box"
    xyxy: tuple[Coordinate, Coordinate, Coordinate, Coordinate]


class ExtremePointsPrompt(Schema):
    type: Literal["extreme_points"] = "extreme_points"
    points: Annotated[list[Point], Field(min_length=4, max_length=4)]


class ScribblePrompt(Schema):
    """A stroke over pixels that belong to the region. The server sets `round`; later strokes lie on top."""

    type: Literal["scribble"] = "scribble"
    points: Annotated[list[Point], Field(min_length=1, max_length=20_000)]
    round: int = 0


class ClassClickPrompt(Schema):
    """A click on an object, with its class. The model answers with boxes for all objects of the image."""

    type: Literal["class_click"] = "class_click"
    x: Coordinate
    y: Coordinate
    class_id: Number


StoredPromptSchema = Annotated[
    ClickPrompt | BoxPromptSchema | ExtremePointsPrompt | ScribblePrompt, Field(discriminator="type")
]
PromptSchema = Annotated[
    ClickPrompt | BoxPromptSchema | ExtremePointsPrompt | ScribblePrompt | ClassClickPrompt, Field(discriminator="type")
]


# --- annotations ---------------------------------------------------------------------------------


class ProvenanceSchema(Schema):
    person: str = "local"
    method: str = "manual"
    weights: str = ""
    round: int = 0
    predicted_quality: float | None = None


AnnotationState = Literal["proposed", "accepted", "deleted"]


class AnnotationSchema(Schema):
    """One object with its prompts, and its `shape` (null: the prompts are not answered yet).

    `base` is the shape that the prompts correct: set when a stored mask is reopened by clicks, else null. `version`
    changes with the annotation; an edit that sends back an outdated one is refused (an empty one is not checked).
    """

    id: Id
    image_id: Number
    class_id: Number
    state: AnnotationState
    shape: ShapeSchema | None
    base: ShapeSchema | None = None
    crowd: bool = False
    prompts: list[StoredPromptSchema] = []
    provenance: ProvenanceSchema = ProvenanceSchema()
    version: str = ""


# --- suggestions ---------------------------------------------------------------------------------


class ClassClickSchema(Schema):
    """A click on an object with its class."""

    x: Coordinate
    y: Coordinate
    class_id: Number


BoxRow = tuple[Coordinate, Coordinate, Coordinate, Coordinate, Coordinate]  # cx, cy, w, h, angle


class MoveSchema(Schema):
    """A suggested move of an annotated point, in pixels. Outdated once the annotation is no longer at `from_xy`."""

    annotation_id: Id
    from_xy: Point
    to_xy: Point
    score: Score


class SuggestedPointSchema(Schema):
    """A suggested point, in pixels."""

    x: Coordinate
    y: Coordinate
    class_id: Number
    score: Score


class SuggestedPointsSchema(Schema):
    """The suggestions of one model of points, `method`, whose version is `weights`; points with the best ones first.

    `whole`: the model has answered for the whole image; otherwise `POST .../advance` answers the remaining tiles.
    `version` is the id of the request that they answer.
    """

    method: str
    weights: str
    moves: list[MoveSchema]
    points: list[SuggestedPointSchema]
    whole: bool
    version: str


class ProposalsSchema(Schema):
    """The class clicks of an image and the boxes suggested for them, highest confidence first.

    `oriented`: the model predicts angles, so a box with angle 0 is an oriented box too. `method` and `weights`: the
    method and version that made them. `whole`: the model has answered for the whole image; otherwise `POST
    .../advance` answers the remaining tiles. `version` changes with the clicks; answers and accepted boxes leave it
    unchanged. `points`: the suggestions of each model of points that was asked.
    """

    image_id: Number
    clicks: list[ClassClickSchema] = []
    boxes: list[BoxRow] = []
    scores: list[float] = []
    class_ids: list[Number] = []
    oriented: bool = False
    method: str = ""
    weights: str = ""
    whole: bool = True
    version: str = ""
    points: list[SuggestedPointsSchema] = []


# --- requests ------------------------------------------------------------------------------------


class EditRequest(Schema):
    """A change that needs no model: accept, relabel, paint, polygon, box, move, split, merge, delete.

    `annotations` are complete new states, all of one image, the edited one first. They are changed and undone
    together; undo shows `kind`.
    """

    id: Id
    kind: Literal["accept", "class", "delete", "box", "point", "polygon", "paint", "move", "reopen", "split", "merge"]
    annotations: Annotated[list[AnnotationSchema], Field(min_length=1, max_length=1000)]
    seconds: Annotated[float, Field(ge=0, le=86400)] = 0.0


View = tuple[Coordinate, Coordinate, Coordinate, Coordinate]  # x0, y0, x1, y1 of the visible window


class RespondRequest(Schema):
    """New prompts for a model; together they are one round.

    `method` names a model of `GET /api/methods`; without it, the first model that accepts these prompts answers. The
    task of the model determines the target of the prompts.
    `mask`: one object with `annotation_id` (a new id starts an object) and `class_id`; the answer is the annotation's
    `shape`. `partition`: the same for a region, and the answer may change every region of the image. `boxes`: all
    objects of the image; prompts are class clicks, `removed` are earlier clicks to remove, and the answer is in
    `proposals`; without both, the stored clicks are answered again. `points`: no prompts, because the accepted points
    of the image are the prompts; the answer is in `proposals`.
    `examples`: also use prompts in other images. `view`: the visible window, answered first in a large image.
    `version`: that of the annotation, or of the image's class clicks, which the client saw; "" for a new annotation.
    The request is refused if the annotation has been changed or deleted since by another author (`Fewclicks-Author`;
    without this header, by anybody), or the clicks by another client. Null: not checked.
    """

    id: Id
    method: ModelName | None = None
    annotation_id: Id | None = None
    class_id: Number | None = None
    prompts: Annotated[list[PromptSchema], Field(max_length=1000)] = []
    removed: Annotated[list[ClassClickPrompt], Field(max_length=1000)] = []
    examples: bool = True
    view: View | None = None
    version: Version | None = None
    seconds: Annotated[float, Field(ge=0, le=86400)] = 0.0


class AdvanceRequest(Schema):
    """Answer the stored prompts in further tiles of a large image, those in `view` first."""

    id: Id
    method: ModelName
    examples: bool = True
    view: View | None = None


class DetectRequest(Schema):
    """`/respond` to the first model of the task `boxes`; `elsewhere` is called `examples` there."""

    id: Id
    clicks: Annotated[list[ClassClickSchema], Field(max_length=1000)] = []
    removed: Annotated[list[ClassClickSchema], Field(max_length=1000)] = []
    elsewhere: bool = True
    seconds: Annotated[float, Field(ge=0, le=86400)] = 0.0


class RestRequest(Schema):
    """`/advance` of the first model of the task `boxes`; `elsewhere` is called `examples` there."""

    id: Id
    elsewhere: bool = True
    view: View | None = None


class ViewRequest(Schema):
    """The visible window, and the model of the current tool; without it, the first model of the task `boxes`."""

    view: View
    method: ModelName | None = None


class TakeRequest(Schema):
    """Suggested boxes that a person accepts or deletes, with their confidences and classes.

    They are removed from `proposals` and become annotations, upright boxes or `oriented` ones; the
    n-th has the id of the request followed by "-n". `version`: that of the class clicks for which the client saw the
    boxes; if another client has changed the clicks since, the request is refused. Null: not checked.
    """

    id: Annotated[str, Field(min_length=1, max_length=56)]
    kind: Literal["accept", "delete"]
    boxes: Annotated[list[BoxRow], Field(min_length=1, max_length=5000)]
    scores: list[Score]
    class_ids: list[Number]
    oriented: bool = False
    version: Version | None = None
    seconds: Annotated[float, Field(ge=0, le=86400)] = 0.0


class EventRequest(Schema):
    """Undo or redo one change; `of` is the id of the expected change, null for any."""

    id: Id
    of: Id | None = None
    seconds: Annotated[float, Field(ge=0, le=86400)] = 0.0


class RetryRequest(Schema):
    """Answer the stored prompts of an annotation again, after the model failed.

    `version`: that of the annotation which the client saw; if another author has changed it since, the request is
    refused. Null: not checked.
    """

    id: Id | None = None
    annotation_id: Id
    version: Version | None = None


class StatusRequest(Schema):
    """The new status of an image. `version`: the `status_version` that the client saw, null: not checked.

    If another client has changed the status since, the request is refused, unless both want the same status.
    """

    id: Id
    status: Literal["todo", "done"]
    version: Version | None = None


class ClassSchema(Schema):
    """A class; `color` is "#rrggbb"; `policy` is the text shown beside the image.

    `overlaps`: answers about its objects may cover pixels of other accepted objects, and the other way round.
    """

    id: Number
    name: Annotated[str, Field(min_length=1, max_length=200)]
    color: str
    policy: str = ""
    overlaps: bool = False


class ClassesRequest(Schema):
    """The new list of classes, in order (the keys 1 to 9 select the first nine). A class in use cannot be removed.

    `image_id`: the image where the change was made; undo on that image takes it back. The client makes the ids of new
    classes, at random so that two pages make different ones. `before`: the list that the client changes. Classes that
    are equal in both lists stay as they are now; the request is refused if another client has changed, added or removed
    one of the others since.
    """

    id: Id
    classes: list[ClassSchema]
    before: list[ClassSchema] | None = None
    image_id: Annotated[int, Field(ge=1, lt=2**53)] | None = None


# --- answers -------------------------------------------------------------------------------------


class UndoState(Schema):
    """The words ("click", "accept", ...) and ids of the changes that undo and redo would apply; null: none.

    They are those of one author on one image. `undo_prompts`: the annotation whose latest prompts undo would take
    back, "" for those of the whole image; null if undo would revert something else.
    """

    undo: str | None
    redo: str | None
    undo_of: str | None = None
    redo_of: str | None = None
    undo_prompts: str | None = None


class ChangeAnswer(Schema):
    """The present state of everything that a request changed. `image` is null if only the classes changed.

    `annotations` starts with the edited one; `removed` are the ids of annotations whose creation was undone; `classes`
    is the whole list and `proposals` those of the image, null if unchanged. `kept`: the number of things that undo or
    redo left alone because they have changed since.
    """

    kind: str
    image: "ImageSummary | None"
    annotations: list[AnnotationSchema]
    removed: list[Id]
    classes: list[ClassSchema] | None = None
    proposals: ProposalsSchema | None = None
    history: UndoState
    kept: int = 0
    saved_at: datetime
    model_ms: float | None = None
    error: str | None = None  # the model failed; the prompts are stored, retry with `POST .../retry`


class AdvanceAnswer(Schema):
    """The progress of the answer for a large image, 0..1: call again until it is 1. `change`: what changed, or null."""

    progress: float
    change: ChangeAnswer | None


class TilesAnswer(Schema):
    """The deep zoom tiles of a large image, `tile_size` pixels a side, without overlap.

    Levels: `coarsest` to `finest`, each twice as large as the one before. Tiles are available once `progress` is 1.
    `version` changes with the content of the image.
    """

    progress: float
    width: int
    height: int
    tile_size: int
    coarsest: int
    finest: int
    version: str


class ImageSummary(Schema):
    """A row of the image list. `problem` is why the image cannot be opened, or null; a `large` image has tiles.

    `status_version` changes whenever somebody sets the status.
    """

    id: int
    file_name: str
    width: int
    height: int
    large: bool
    status: Literal["todo", "done"]
    status_version: str
    annotations: int
    proposed: int
    clicks: int
    seconds: float
    worst_quality: float | None = None  # the lowest predicted IoU of its annotations
    problem: str | None = None


class LoggedChange(Schema):
    """An event of the log. `image` is its image as it is now; null: the change may concern any image."""

    seq: int
    id: str  # of the request
    verb: str
    image: ImageSummary | None


class ImageDetail(Schema):
    image: ImageSummary
    annotations: list[AnnotationSchema]  # creation order, without deleted ones
    proposals: ProposalsSchema
    history: UndoState


class FieldSchema(Schema):
    """A setting of a form, with limits and choices where they exist."""

    name: str
    title: str
    kind: Literal["integer", "number", "boolean", "text", "choice"]
    default: int | float | bool | str | None = None
    minimum: float | None = None
    maximum: float | None = None
    choices: list[str] = []
    group: str = ""


class MethodSchema(Schema):
    """An active model of the project.

    `name`: its role. `method`, `title`, `summary`: those of its method. `task`: the kind of answer. `prompts`: the
    accepted kinds of prompt. `examples`: whether it uses prompts in other images. `version`: the active one; `weights`
    is the same, for earlier releases. `classes`: ids of the classes that it finds; empty when only prompts name
    classes. `trainable`: whether a project can train a version.
    """

    name: str
    method: str
    title: str
    summary: str
    task: Task
    prompts: list[str]
    examples: bool
    version: str
    weights: str
    classes: list[Number]
    trainable: bool


class TrainableSchema(Schema):
    """A model that the project can train, whether or not it has a version that answers.

    `name`: its role. `summary`: that of its method. `task`: the kind of answer. `trained`: a version other than the
    shipped one is active.
    """

    name: str
    summary: str
    task: Task
    trained: bool


class FormatSchema(Schema):
    """An installed file format. `name` is the parameter of `GET /api/export`; the page shows `title` and `summary`.

    `suffix` and `media_type` describe its file; `suffix` is "" when the format is a folder, which is exported as a ZIP.
    """

    name: str
    title: str
    summary: str
    suffix: str
    media_type: str


class ProjectAnswer(Schema):
    """The project; `id` is unique, `name` may not be. `read_only`: every change is refused (507)."""

    id: str
    name: str
    classes: list[ClassSchema]
    methods: list[MethodSchema]
    trainable: list[TrainableSchema]
    hint: bool  # whether the page shows the hint of the first run
    read_only: bool
    version: str


class ErrorBody(Schema):
    """The code and the message of an error; `message` is one line for the user."""

    code: str  # "input", "not_found", "conflict", "outdated", "assist", "storage", "forbidden", "internal"
    message: str


class ErrorAnswer(Schema):
    error: ErrorBody


class OutdatedAnswer(ErrorAnswer):
    """The refusal of a change to an outdated annotation, with the annotation as it is now, so that both can be shown.

    A deleted annotation is as it last was, with the state "deleted"; null: it never existed.
    """

    annotation: AnnotationSchema | None
