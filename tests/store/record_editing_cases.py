"""Records what the rules of `store/editing.py` make of requests, so that the page's copy of them can be held to it.

`python tests/store/record_editing_cases.py` writes `tests/cases/editing` again. pytest (`test_editing_cases.py`) and
vitest (`web/tests/editing.test.ts`) run these cases.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from fewclicks.geometry.masks import Mask
from fewclicks.labels import Provenance
from fewclicks.server.conversion import annotation_of
from fewclicks.store.editing import answered, edited, prompted, prompted_region
from fewclicks.store.shapes import shape_to_json
from fewclicks.store.snapshots import Json, Snapshot

FOLDER = Path(__file__).parents[1] / "cases" / "editing"
SIZE_HW = (48, 64)


def outcome(image: Sequence[Snapshot], request: Json) -> Snapshot:
    """The annotation that `request` is about, as the rules make it; `image` are all annotations of its image."""
    name = request["annotation_id"]
    before = next((each for each in image if each.id == name), None)
    start = Snapshot(name, 1, request["class_id"], "proposed", None)
    if request["action"] == "edit":
        wanted = replace(before or start, base=None, prompts=(), provenance=Provenance(), **request["patch"])
        return edited(before, wanted, request["kind"], SIZE_HW)
    start = replace(start, provenance=Provenance(method=request["method"], weights=request["weights"]))
    if request["method"] != "regions":
        return prompted(before, start, request["prompts"], SIZE_HW)
    number = 1 + max((each.rounds for each in image if each.state != "deleted"), default=0)
    return prompted_region(before, start, request["prompts"], SIZE_HW, number)


@dataclass
class Scene:
    """An image under work; every request that has a name is recorded."""

    image: dict[str, Snapshot] = field(default_factory=dict)
    cases: list[Json] = field(default_factory=list)

    def edit(self, kind: str, name: str = "", of: str = "a", class_id: int = 1, **patch: Any) -> "Scene":
        request = {"action": "edit", "annotation_id": of, "class_id": class_id, "kind": kind, "patch": patch}
        return self._do(request, name)

    def segment(self, *prompts: Json, name: str = "", of: str = "a", weights: str = "s1") -> "Scene":
        return self._respond("segment", weights, of, prompts, name)

    def regions(self, *prompts: Json, name: str = "", of: str = "a", weights: str = "r1") -> "Scene":
        return self._respond("regions", weights, of, prompts, name)

    def answer(self, shape: Json, method: str = "segment", weights: str = "s1", of: str = "a") -> "Scene":
        quality = 0.75 if method == "segment" else None
        self.image[of] = answered(self.image[of], shape, quality, Provenance(method=method, weights=weights))
        return self

    def found(self, shape: Json, of: str = "a", **provenance: Any) -> "Scene":
        """An accepted annotation from elsewhere."""
        self.image[of] = Snapshot(of, 1, 1, "accepted", shape, provenance=Provenance(**provenance))
        return self

    def undo_to(self, earlier: Snapshot) -> "Scene":
        self.image[earlier.id] = earlier
        return self

    def _respond(self, method: str, weights: str, of: str, prompts: Sequence[Json], name: str) -> "Scene":
        request = {"action": "respond", "annotation_id": of, "class_id": 2, "method": method, "weights": weights}
        return self._do(request | {"prompts": list(prompts)}, name)

    def _do(self, request: Json, name: str) -> "Scene":
        image = tuple(self.image.values())
        after = outcome(image, request)
        self.image[after.id] = after
        if name:
            self.cases.append(
                {"name": name, "image": [*map(_shown, image)], "request": request, "after": _shown(after)}
            )
        return self


def _shown(snapshot: Snapshot) -> Json:
    """As the page gets it, without the version, which only the server makes."""
    return annotation_of(snapshot).model_dump(mode="json", exclude={"version"})


def mask(x: int = 3) -> Json:
    full = np.zeros(SIZE_HW, bool)
    full[2:9, x : x + 7] = True
    return shape_to_json(Mask.from_full(full))


def click(x: float = 5.0, **more: Any) -> Json:
    return {"type": "click", "x": x, "y": 5.0, "adds": True, **more}


def scribble(x: float = 5.0) -> Json:
    return {"type": "scribble", "points": [[x, 4.0], [x + 1, 6.0]]}


def extreme(x: float = 4.0) -> Json:
    return {"type": "extreme_points", "points": [[x, 2.0], [3.0, 5.0], [x, 9.0], [x + 6, 5.0]]}


BOX = {"type": "box", "xyxy": [1.0, 2.0, 30.0, 40.0]}
OTHER_BOX = {"type": "box", "xyxy": [2.0, 2.0, 31.0, 40.0]}
ORIENTED = {"type": "oriented_box", "cx": 20.0, "cy": 30.0, "w": 8.0, "h": 4.0, "angle": 0.5}
POLYGON = {"type": "polygons", "rings": [[1.0, 1.0, 20.0, 1.0, 20.0, 20.0]]}


def edits() -> Iterator[Scene]:
    for shape, kind in ((BOX, "box"), (ORIENTED, "box"), (POLYGON, "polygon"), (mask(), "paint")):
        yield Scene().edit(kind, f"a new {shape['type']} is hand work", state="accepted", shape=shape)
    answer = Scene().segment(BOX).answer(mask())
    for kind, patch in {
        "accept": {"state": "accepted"},
        "delete": {"state": "deleted"},
        "class": {"class_id": 2},
        "reopen": {"state": "proposed"},
        "move": {"crowd": True},
        "paint": {"shape": mask()},
    }.items():
        name = f"{kind} without another shape keeps prompts and provenance ({', '.join(patch)})"
        yield Scene(dict(answer.image)).edit(kind, name, **patch)
    yield Scene(dict(answer.image)).edit("paint", "a painted answer is hand work", shape=mask(9))
    yield Scene(dict(answer.image)).edit("paint", "painted and accepted at once", shape=mask(9), state="accepted")
    yield Scene().found(BOX, method="import").edit("move", "a moved box from a file is hand work", shape=OTHER_BOX)
    found = Scene().found(BOX, method="detect", weights="d1", predicted_quality=0.9, person="ada")
    yield found.edit("move", "a moved box of a model is of the person who moved it", shape=OTHER_BOX)
    corrected = Scene().found(mask()).segment(click()).answer(mask(4))
    yield Scene(dict(corrected.image)).edit("accept", "an accepted correction keeps its base", state="accepted")
    yield corrected.edit("paint", "a painted correction has no base", shape=mask(9))
    yield Scene().segment(BOX).edit("class", "prompts that wait can be relabelled", class_id=3)
    yield Scene().segment(BOX).edit("delete", "prompts that wait can be deleted", state="deleted")
    yield Scene().segment(BOX).edit("paint", "a painted object needs its prompts no more", shape=mask())
    yield (
        Scene()
        .regions(extreme(), scribble())
        .answer(mask(), "regions", "r1")
        .edit("split", "what stays of a split region is hand work", shape=mask(5))
        .edit("split", "what is split off is new", of="b", state="proposed", shape=mask(12))
    )


def segment() -> Iterator[Scene]:
    yield (
        Scene()
        .segment(click(), name="the first click is round 1")
        .segment(click(6), name="a click before the first answer is the next round")
        .answer(mask())
        .segment(click(7), click(8), name="the clicks of one request share a round")
        .answer(mask(4))
        .segment(click(9), name="an answer of the same model goes on")
    )
    yield (
        Scene()
        .segment(click())
        .answer(mask())
        .segment({"type": "another_mask"}, name="a request for another mask is a round")
        .answer(mask(4))
        .segment(click(7), name="a click on another mask is the next round")
    )
    yield Scene().segment(click(round=9), name="the client does not choose the round")
    yield Scene().segment(BOX, name="a box has no round").answer(mask()).segment(click(), name="a click after a box")
    yield Scene().segment(BOX, click(), name="a box and a click in one request")
    yield Scene().segment(extreme(), name="extreme points have no round").segment(click(), name="a click after them")
    twice = Scene().segment(click()).answer(mask())
    earlier = twice.image["a"]
    twice.segment(click(6)).answer(mask(4)).undo_to(earlier)
    yield twice.segment(click(7), name="a round that was undone gives its number back")
    accepted = Scene().segment(click()).answer(mask()).edit("accept", state="accepted")
    yield accepted.segment(click(6), name="a click on an accepted answer makes it a suggestion")
    yield (
        Scene()
        .found(BOX)
        .segment(click(), name="a drawn box becomes the first prompt")
        .segment(click(6), name="a drawn box whose first click was not answered")
        .answer(mask())
        .segment(click(7), name="an answered box goes on")
    )
    found = Scene().found(BOX, method="detect", weights="d1", predicted_quality=0.9)
    yield found.segment(click(), name="a box of a detector becomes the first prompt")
    for made in ({}, {"method": "import"}, {"person": "ada"}):
        for shape in (mask(), POLYGON, ORIENTED):
            by = " ".join(made.values()) or "hand"
            yield (
                Scene()
                .found(shape, **made)
                .segment(click(), name=f"the base is a shape of type {shape['type']} ({by})")
                .segment(click(6), name=f"prompts on that base that no model answered stay ({shape['type']}, {by})")
                .answer(mask(4))
                .segment(click(7), name=f"an answer on that base goes on ({shape['type']}, {by})")
            )
    yield (
        Scene()
        .segment(BOX, click())
        .answer(mask())
        .segment(click(6), name="an answer of other weights becomes the base", weights="s2")
        .segment(click(7), name="prompts on it that other weights did not answer stay", weights="s2")
    )
    yield Scene().segment(BOX).segment(click(), name="prompts without an answer go on with other weights", weights="s2")
    by_regions = Scene().regions(extreme(), scribble()).answer(mask(), "regions", "r1")
    yield by_regions.segment(click(), name="an answer of another method becomes the base")
    corrected = Scene().found(mask()).segment(click()).answer(mask(4))
    yield corrected.segment(click(6), name="the base is what other weights answered, not the older one", weights="s2")


def regions() -> Iterator[Scene]:
    yield (
        Scene()
        .regions(extreme(), name="a region begins with extreme points")
        .regions(scribble(), name="a scribble before the first answer")
        .answer(mask(), "regions", "r1")
        .regions(scribble(6), scribble(7), name="the scribbles of one request share a number")
        .answer(mask(4), "regions", "r1")
        .regions(extreme(6), name="extreme points take the place of those before, ahead of the scribbles")
        .regions(extreme(7), of="b")
        .answer(mask(12), "regions", "r1", of="b")
        .regions(scribble(8), of="b", name="scribbles are numbered over the image")
        .edit("delete", of="b", state="deleted")
        .regions(scribble(9), name="scribbles of deleted regions do not count")
    )
    yield Scene().regions(extreme(), scribble(), name="extreme points and a scribble in one request")
    yield Scene().regions(scribble(), extreme(), name="a scribble given before its extreme points comes after them")
    clicked = Scene().segment(click()).segment(click(6)).answer(mask(20)).regions(extreme(), of="b")
    yield clicked.regions(scribble(), of="b", name="rounds of clicks count for the number of a scribble")
    accepted = Scene().regions(extreme()).answer(mask(), "regions", "r1").edit("accept", state="accepted")
    yield accepted.regions(scribble(), name="a scribble in an accepted region makes it a suggestion")
    for made in ({}, {"method": "import"}, {"person": "ada"}):
        for shape in (mask(), POLYGON):
            by = f"{shape['type']}, {' '.join(made.values()) or 'hand'}"
            scene = Scene().found(shape, **made)
            yield Scene(dict(scene.image)).regions(scribble(), name=f"the base of a region ({by})")
            yield scene.regions(extreme(), name=f"extreme points take the place of a base ({by})")
    yield (
        Scene()
        .found(mask())
        .regions(scribble())
        .regions(scribble(6), name="scribbles on a base that no model answered stay")
        .answer(mask(4), "regions", "r1")
        .regions(extreme(), name="extreme points take the place of an answered base")
    )
    yield Scene().found(BOX).regions(extreme(), name="extreme points take the place of a box")
    own = Scene().regions(extreme(), scribble()).answer(mask(), "regions", "r1")
    yield own.regions(scribble(6), name="a region of other weights becomes the base", weights="r2")
    objects = Scene().segment(click()).answer(mask())
    yield objects.regions(scribble(), name="an answer of another method becomes the base of a region")


def recorded() -> dict[str, list[Json]]:
    """All cases by the file that they belong to."""
    groups = {"edits": edits, "segment": segment, "regions": regions}
    return {name: [case for scene in scenes() for case in scene.cases] for name, scenes in groups.items()}


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for group, cases in recorded().items():
        entries = (",\n  ".join(f'"{key}": {json.dumps(value)}' for key, value in case.items()) for case in cases)
        text = ",\n".join(f"{{\n  {entry}\n}}" for entry in entries)
        (FOLDER / f"{group}.json").write_text(f"[\n{text}\n]\n", encoding="utf-8")
