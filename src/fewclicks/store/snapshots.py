"""An annotation as the log keeps it: plain JSON, so that a click neither decodes nor encodes what it does not touch.

Shapes and prompts have the form that the page sees as well: `{"type": "mask", "size", "counts", "xyxy"}`,
`{"type": "box", "xyxy"}`, `{"type": "polygons", "rings"}`; `{"type": "click", "x", "y", "adds", "round"}`,
`{"type": "box", "xyxy"}`, `{"type": "extreme_points", "points"}`. Coordinates are image pixels.
"""

import json
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal

from fewclicks.labels import Provenance

Json = dict[str, Any]
State = Literal["proposed", "accepted", "deleted"]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One annotation at one moment. `base` is the shape that the prompts correct; `extra` is what a file said besides.

    `shape` is None while prompts wait for their first answer.
    """

    id: str
    image_id: int
    class_id: int
    state: State
    shape: Json | None
    base: Json | None = None
    crowd: bool = False
    prompts: tuple[Json, ...] = ()
    provenance: Provenance = field(default_factory=Provenance)
    extra: Json = field(default_factory=dict)

    def to_plain(self) -> Json:
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        return values | {"provenance": asdict(self.provenance)}

    @classmethod
    def from_plain(cls, plain: Json) -> "Snapshot":
        prompts, provenance = tuple(plain["prompts"]), Provenance(**plain["provenance"])
        return cls(**plain | {"prompts": prompts, "provenance": provenance})

    def to_json(self) -> str:
        return dump(self.to_plain())

    @classmethod
    def from_json(cls, text: str) -> "Snapshot":
        return cls.from_plain(json.loads(text))

    @property
    def rounds(self) -> int:
        """The highest round of its clicks; 0 without clicks."""
        return max((prompt.get("round", 0) for prompt in self.prompts), default=0)


def dump(value: object) -> str:
    """JSON in one canonical form, so that equal values are equal texts."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"), sort_keys=True)
