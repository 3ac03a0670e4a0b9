"""Annotations as stored in the log: plain JSON, so that a click decodes and encodes only the shapes that it changes.

Shapes and prompts have the same form in the page: `{"type": "mask", "size", "counts", "xyxy"}`,
`{"type": "box", "xyxy"}`, `{"type": "polygons", "rings"}`, `{"type": "point", "x", "y"}`;
`{"type": "click", "x", "y", "adds", "round"}`, `{"type": "box", "xyxy"}`,
`{"type": "extreme_points", "points"}`. Coordinates are image pixels.
"""

import json
from dataclasses import asdict, dataclass, field, fields
from functools import cached_property
from hashlib import blake2b
from typing import Any, Literal

from fewclicks.labels import Provenance

Json = dict[str, Any]
State = Literal["proposed", "accepted", "deleted"]


@dataclass(frozen=True)
class Snapshot:
    """The state of an annotation after an event.

    shape: None until the first answer to its prompts. base: the shape that the prompts correct. extra: other values
    from an imported file. replaces: the id of the box whose place a suggested mask takes when it is accepted, or "".
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
    replaces: str = ""

    def to_plain(self) -> Json:
        """Return the stored form; an empty `replaces` is left out, as in logs from before there was one."""
        values = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "replaces" or self.replaces}
        return values | {"provenance": asdict(self.provenance)}

    @classmethod
    def from_plain(cls, plain: Json) -> "Snapshot":
        prompts, provenance = tuple(plain["prompts"]), Provenance(**plain["provenance"])
        return cls(**plain | {"prompts": prompts, "provenance": provenance})

    def to_json(self) -> str:
        return self._text

    @cached_property
    def _text(self) -> str:
        return dump(self.to_plain())

    @classmethod
    def from_json(cls, text: str) -> "Snapshot":
        return cls.from_plain(json.loads(text))

    @property
    def version(self) -> str:
        """A digest of everything here: it differs after every change."""
        return blake2b(self.to_json().encode(), digest_size=8).hexdigest()

    @property
    def rounds(self) -> int:
        """The highest round of the prompts; 0 without rounds."""
        return max((prompt.get("round", 0) for prompt in self.prompts), default=0)


def dump(value: object) -> str:
    """Return JSON in a canonical form, in which equal values are equal texts."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"), sort_keys=True)
