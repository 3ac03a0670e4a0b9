"""Requests of a person or a program, free of HTTP."""

from dataclasses import dataclass, field

from fewclicks.prompts import XYXY
from fewclicks.store.snapshots import Json


@dataclass(frozen=True, slots=True)
class PromptRequest:
    """New prompts for a model.

    model: the role that answers. prompts: stored form (store/prompts.py); removed: class clicks to take back.
    annotation_id and class_id: the target of answers about one object or region. with_examples: whether prompts in
    other images count too. view: the window that the person sees, x0, y0, x1, y1 in pixels. payload: the request as
    the log keeps it; a repeated id with the same payload has no further effect.
    """

    id: str
    image_id: int
    model: str
    prompts: tuple[Json, ...] = ()
    removed: tuple[Json, ...] = ()
    annotation_id: str | None = None
    class_id: int | None = None
    with_examples: bool = True
    view: XYXY | None = None
    seconds: float = 0.0
    payload: Json = field(default_factory=dict)
