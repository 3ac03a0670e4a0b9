"""Requests of a person or a program, independent of HTTP."""

from dataclasses import dataclass, field

from fewclicks.prompts import XYXY
from fewclicks.store.snapshots import Json


@dataclass(frozen=True, slots=True)
class PromptRequest:
    """New prompts for a model.

    model: the role that answers. prompts: stored form (store/prompts.py); removed: class clicks to remove.
    annotation_id and class_id: the target of answers about one object or region. with_examples: whether to use
    prompts in other images too. view: the visible window, x0, y0, x1, y1 in pixels. author: who sent it (see
    `store.events.Request`). version: that of the class clicks of the image when the request was made; None: any.
    payload: the request as stored in the log; a repeated id with the same payload has no
    further effect.
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
    author: str = ""
    version: str | None = None
    payload: Json = field(default_factory=dict)
