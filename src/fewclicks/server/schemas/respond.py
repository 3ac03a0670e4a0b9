"""Prompts for a model, and the answers in parts."""

from pydantic import Field

from fewclicks.server.schemas.base import Id, ModelName, Number, Schema, Seconds, Version, View
from fewclicks.server.schemas.changes import ChangeAnswer
from fewclicks.server.schemas.prompts import ClassClickPrompt, PromptSchema


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
    prompts: list[PromptSchema] = Field(default=[], max_length=1000)
    removed: list[ClassClickPrompt] = Field(default=[], max_length=1000)
    examples: bool = True
    view: View | None = None
    version: Version | None = None
    seconds: Seconds = 0.0


class AdvanceRequest(Schema):
    """Answer the stored prompts in further tiles of a large image, those in `view` first."""

    id: Id
    method: ModelName
    examples: bool = True
    view: View | None = None


class RetryRequest(Schema):
    """Answer the stored prompts of an annotation again, after the model failed.

    `version`: that of the annotation which the client saw; if another author has changed it since, the request is
    refused. Null: not checked.
    """

    id: Id | None = None
    annotation_id: Id
    version: Version | None = None


class AdvanceAnswer(Schema):
    """The progress of the answer for a large image, 0..1: call again until it is 1. `change`: what changed, or null."""

    progress: float
    change: ChangeAnswer | None
