"""A project of made-up images: red and blue squares on noise, with their boxes accepted and the images finished."""

from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import numpy as np
from PIL import Image

from fewclicks.labels import OrientedBox
from fewclicks.store.events import AnnotationChange, Change, Outcome, Request
from fewclicks.store.project import Project, create_project
from fewclicks.store.records import ImageStatus
from fewclicks.store.shapes import shape_to_json
from fewclicks.store.snapshots import Json, Snapshot

SIZE, SIDE = 96, 16
COLOURS = {1: (210, 40, 40), 2: (40, 40, 210)}


def make_coins(folder: Path, images: int, finished: int, turned: bool = False) -> Path:
    """A project in `folder` with so many images, of which the first `finished` are done; three objects in each."""
    pictures = folder.with_name(f"{folder.name}-images")
    pictures.mkdir(parents=True)
    rng = np.random.default_rng(0)
    places = [_places(rng) for _ in range(images)]
    for number, objects in enumerate(places):
        pixels = rng.integers(100, 150, (SIZE, SIZE, 3), dtype=np.uint8)
        for x, y, class_id in objects:
            pixels[y : y + SIDE, x : x + SIDE] = COLOURS[class_id]
        Image.fromarray(pixels).save(pictures / f"{number}.png")
    create_project(folder, pictures, ["red", "blue"])
    with Project(folder) as project, project.changing() as log:
        for number, objects in enumerate(places[:finished], 1):
            rows = [
                Snapshot(f"{number}-{each}", number, class_id, "accepted", _shape(x, y, turned))
                for each, (x, y, class_id) in enumerate(objects)
            ]
            log.append(
                Request(f"boxes-{number}", "edit", "box", {}, number),
                Outcome(tuple(AnnotationChange(None, row) for row in rows)),
            )
            done = Request(f"done-{number}", "status", "done", {}, number)
            log.append(done, Outcome(status=Change(ImageStatus(), ImageStatus("done"))))
    return folder


def _places(rng: np.random.Generator) -> list[tuple[int, int, int]]:
    columns = (4, 36, 68)
    return [(x, int(rng.integers(0, SIZE - SIDE)), class_id) for x, class_id in zip(columns, (1, 2, 1), strict=True)]


def _shape(x: int, y: int, turned: bool) -> Json:
    if turned:
        return shape_to_json(OrientedBox(x + SIDE / 2, y + SIDE / 2, SIDE, SIDE / 2, 0.3))
    return {"type": "box", "xyxy": [x, y, x + SIDE, y + SIDE]}


def suggest_squares(project: Project, image: int, *boxes: tuple[float, float, int], score: float = 0.5) -> None:
    """Store suggested squares, given by their upper left corners and classes, as a job does."""
    with project.changing() as log:
        before = log.proposals(image)
        half = SIDE / 2
        after = replace(
            before,
            boxes=tuple([x + half, y + half, float(SIDE), float(SIDE), 0.0] for x, y, _ in boxes),
            scores=(score,) * len(boxes),
            class_ids=tuple(class_id for *_, class_id in boxes),
            method="detect",
            weights="detect-0",
        )
        log.append(Request(uuid4().hex, "ask", "find", {}), Outcome(proposals=(Change(before, after),)))
