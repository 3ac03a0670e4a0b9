"""What travels between the page and the server: the REST contract, published as OpenAPI.

Ids of events and annotations are made by the client (any string of 1 to 64 characters, UUIDs in the page),
so that a request sent twice changes nothing the second time. Coordinates are image pixels.
"""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from fewclicks.store.shapes import FARTHEST

Id = Annotated[str, Field(min_length=1, max_length=64)]
Number = Annotated[int, Field(ge=1, lt=2**53)]  # the id of an image or a class: what JavaScript and SQLite can hold
Coordinate = Annotated[float, Field(allow_inf_nan=False, ge=-FARTHEST, le=FARTHEST)]
Point = tuple[Coordinate, Coordinate]


class Schema(BaseModel):
    # What the server sends has every field, so the page need not allow for missing ones.
    model_config = ConfigDict(extra="forbid", json_schema_serialization_defaults_required=True)


# --- shapes --------------------------------------------------------------------------------------


class BoxShape(Schema):
    type: Literal["box"] = "box"
    xyxy: tuple[Coordinate, Coordinate, Coordinate, Coordinate]


class OrientedBoxShape(Schema):
    """A box of sides `w` and `h` around `cx`, `cy`, turned by `angle` radians, clockwise on the screen."""

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

    `xyxy` is the mask's tight box (integers), so that a client need only decode that crop.
    """

    type: Literal["mask"] = "mask"
    size: tuple[int, int]
    counts: str
    xyxy: tuple[int, int, int, int]


ShapeSchema = Annotated[BoxShape | OrientedBoxShape | PolygonsShape | MaskShape, Field(discriminator="type")]


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
    """A stroke over pixels that belong to the region. `round` is given by the server: later strokes lie on top."""

    type: Literal["scribble"] = "scribble"
    points: Annotated[list[Point], Field(min_length=1, max_length=20_000)]
    round: int = 0


class ClassClickPrompt(Schema):
    """A click on an object that names its class; the answer is about all objects of the image."""

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
    """One object. `prompts` is everything a person gave for it, `shape` the answer (null: prompts not answered yet).

    `base` is the shape that the prompts correct: set when a stored mask is reopened by clicks, else null.
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


# --- proposals -----------------------------------------------------------------------------------


class ClassClickSchema(Schema):
    """A click on an object that says its class."""

    x: Coordinate
    y: Coordinate
    class_id: Number


BoxRow = tuple[Coordinate, Coordinate, Coordinate, Coordinate, Coordinate]  # cx, cy, w, h, angle


class ProposalsSchema(Schema):
    """The class clicks of an image and the boxes suggested for them, highest confidence first.

    `oriented`: the model predicts angles, so that a box of angle 0 is an oriented box too. Version `weights` of
    `method` made them. `whole`: the whole image is answered; otherwise `POST .../advance` answers the remaining tiles.
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


# --- requests ------------------------------------------------------------------------------------


class EditRequest(Schema):
    """A change that needs no model: accept, relabel, paint, polygon, box, move, split, merge, delete.

    `annotations` are whole, as they shall be, all of one image; the one that the person meant comes first. They
    change and are undone together; `kind` is the word shown then.
    """

    id: Id
    kind: Literal["accept", "class", "delete", "box", "polygon", "paint", "move", "reopen", "split", "merge"]
    annotations: Annotated[list[AnnotationSchema], Field(min_length=1, max_length=1000)]
    seconds: Annotated[float, Field(ge=0, le=86400)] = 0.0


View = tuple[Coordinate, Coordinate, Coordinate, Coordinate]  # x0, y0, x1, y1: what is on the screen


class RespondRequest(Schema):
    """New prompts for a model, answered once: they are one round.

    `method` names a model of `GET /api/methods`; without it the first that takes these prompts answers. Its task tells
    what the prompts are about.
    `mask`: one object, named by `annotation_id` (a new id begins an object) and `class_id`; the answer is the
    annotation's `shape`. `partition`: the same for a region, and the answer may change every region of the image.
    `boxes`: all objects of the image; prompts are class clicks, `removed` are earlier ones to take back, and the answer
    comes in `proposals`; without either, the stored clicks are answered again.
    `examples`: prompts in other images count too. `view`: what is on the screen; a large image is answered there first.
    """

    id: Id
    method: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    annotation_id: Id | None = None
    class_id: Number | None = None
    prompts: Annotated[list[PromptSchema], Field(max_length=1000)] = []
    removed: Annotated[list[ClassClickPrompt], Field(max_length=1000)] = []
    examples: bool = True
    view: View | None = None
    seconds: Annotated[float, Field(ge=0, le=86400)] = 0.0


class AdvanceRequest(Schema):
    """Answer further tiles of a large image for the prompts that are there; those in `view` come first."""

    id: Id
    method: Annotated[str, Field(min_length=1, max_length=100)]
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
    """What is on the screen, and the model of the tool in hand; without it, the first that finds objects."""

    view: View
    method: Annotated[str, Field(min_length=1, max_length=100)] | None = None


class TakeRequest(Schema):
    """Suggested boxes that a person accepts or deletes, with their confidences and classes; they leave `proposals`.

    They become annotations, upright boxes or `oriented` ones; the n-th has the id of the request followed by "-n".
    """

    id: Annotated[str, Field(min_length=1, max_length=56)]
    kind: Literal["accept", "delete"]
    boxes: Annotated[list[BoxRow], Field(min_length=1, max_length=5000)]
    scores: list[Annotated[float, Field(ge=0, le=1)]]
    class_ids: list[Number]
    oriented: bool = False
    seconds: Annotated[float, Field(ge=0, le=86400)] = 0.0


class EventRequest(Schema):
    """Undo or redo, one step; `of` is the id of the change that is meant, null for whichever it is."""

    id: Id
    of: Id | None = None
    seconds: Annotated[float, Field(ge=0, le=86400)] = 0.0


class RetryRequest(Schema):
    """Answer the stored prompts of an annotation again, after the model failed."""

    id: Id | None = None
    annotation_id: Id


class StatusRequest(Schema):
    id: Id
    status: Literal["todo", "done"]


class ClassSchema(Schema):
    """A class; `color` is "#rrggbb"; `policy` is the text shown beside the image."""

    id: Number
    name: Annotated[str, Field(min_length=1, max_length=200)]
    color: str
    policy: str = ""


class ClassesRequest(Schema):
    """All classes as they shall be, in order (the first nine have the keys 1 to 9). A class in use cannot go.

    The client makes the ids of new ones, at random so that two pages do not make the same.
    """

    id: Id
    classes: list[ClassSchema]


# --- answers -------------------------------------------------------------------------------------


class UndoState(Schema):
    """What undo and redo would do now ("click", "accept", ...) and the ids of these changes; null: there is nothing."""

    undo: str | None
    redo: str | None
    undo_of: str | None = None
    redo_of: str | None = None


class ChangeAnswer(Schema):
    """What a change amounts to: all that it touched, as it is now. `image` is null for a change of the classes alone.

    `annotations` begins with the one that the change is about; `removed` are the ids of those whose creation was
    undone; `classes` is the whole list and `proposals` those of the image, null if the change left them alone.
    """

    kind: str
    image: "ImageSummary | None"
    annotations: list[AnnotationSchema]
    removed: list[Id]
    classes: list[ClassSchema] | None = None
    proposals: ProposalsSchema | None = None
    history: UndoState
    saved_at: datetime
    model_ms: float | None = None
    error: str | None = None  # the prompts are stored, but the model could not answer: retry with `POST .../retry`


class AdvanceAnswer(Schema):
    """How much of a large image is answered, 0..1: call again until it is 1. `change` holds what is new, if any."""

    progress: float
    change: ChangeAnswer | None


class TilesAnswer(Schema):
    """The deep zoom tiles of a large image, `tile_size` pixels a side without overlap, at the levels `coarsest` to
    `finest`, half as large each; they can be had once `progress` is 1. Another `version` is another picture.
    """

    progress: float
    width: int
    height: int
    tile_size: int
    coarsest: int
    finest: int
    version: str


class ImageSummary(Schema):
    """An image as the list shows it. `problem` tells why it cannot be opened, else null; a `large` image has tiles."""

    id: int
    file_name: str
    width: int
    height: int
    large: bool
    status: Literal["todo", "done"]
    annotations: int
    proposed: int
    clicks: int
    seconds: float
    worst_quality: float | None = None  # the lowest predicted quality of its annotations
    problem: str | None = None


class ImageDetail(Schema):
    image: ImageSummary
    annotations: list[AnnotationSchema]  # creation order, without deleted ones
    proposals: ProposalsSchema
    history: UndoState


class FieldSchema(Schema):
    """One setting of a form: `kind` is integer, number, boolean, text or choice; limits and choices where there are."""

    name: str
    title: str
    kind: Literal["integer", "number", "boolean", "text", "choice"]
    default: int | float | bool | str | None = None
    minimum: float | None = None
    maximum: float | None = None
    choices: list[str] = []
    group: str = ""


class MethodSchema(Schema):
    """A model that answers in this project.

    `name`: its role; `method` and `title`: of the method that it belongs to. `task`: the kind of answer. `prompts`: the
    kinds of prompt that it takes. `examples`: whether prompts in other images are examples. `version`: the active one;
    `weights` is its name in earlier releases. `classes`: the ids that it knows; none when prompts alone name classes.
    `trainable`: whether a project can train its own version.
    """

    name: str
    method: str
    title: str
    summary: str
    task: Literal["mask", "partition", "boxes"]
    prompts: list[str]
    examples: bool
    version: str
    weights: str
    classes: list[Number]
    trainable: bool


class FormatSchema(Schema):
    """An installed file format. `name` is for `GET /api/export`, `title` and `summary` are for people.

    `suffix` and `media_type` describe its file; `suffix` is "" when the format is a folder, which is exported as a ZIP.
    """

    name: str
    title: str
    summary: str
    suffix: str
    media_type: str


class ProjectAnswer(Schema):
    """The project; `id` is its own wherever it is served, `name` need not be."""

    id: str
    name: str
    classes: list[ClassSchema]
    methods: list[MethodSchema]
    hint: bool  # whether the three-step hint of the first run is shown
    version: str


class ErrorBody(Schema):
    """Every error, whatever its cause, has this shape; `message` is one line for the user."""

    code: str  # "input", "not_found", "conflict", "assist", "storage", "forbidden", "internal"
    message: str


class ErrorAnswer(Schema):
    error: ErrorBody
