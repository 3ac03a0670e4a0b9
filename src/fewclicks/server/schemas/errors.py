"""Errors."""

from fewclicks.server.schemas.annotations import AnnotationSchema
from fewclicks.server.schemas.base import Schema


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
