"""Annotations and edits of them."""

from typing import Annotated, Literal

from pydantic import Field

from fewclicks.server.schemas.base import Id, Number, Schema, Seconds
from fewclicks.server.schemas.prompts import StoredPromptSchema
from fewclicks.server.schemas.shapes import ShapeSchema


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
    prompts: list[StoredPromptSchema] = Field(default=[])
    provenance: ProvenanceSchema = ProvenanceSchema()
    version: str = ""


class EditRequest(Schema):
    """A change that needs no model: accept, relabel, paint, polygon, box, move, split, merge, delete.

    `annotations` are complete new states, all of one image, the edited one first. They are changed and undone
    together; undo shows `kind`.
    """

    id: Id
    kind: Literal["accept", "class", "delete", "box", "point", "polygon", "paint", "move", "reopen", "split", "merge"]
    annotations: Annotated[list[AnnotationSchema], Field(min_length=1, max_length=1000)]
    seconds: Seconds = 0.0
