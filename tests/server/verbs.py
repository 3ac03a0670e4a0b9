"""Every kind of request that writes: how it is prepared, and the project and the server that can answer all of them."""

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from random import Random
from typing import Any, cast
from uuid import uuid4

import httpx2 as httpx
import numpy as np
from PIL import Image

from fewclicks.application import respond, train
from fewclicks.images import files as image_files
from fewclicks.images import levels
from fewclicks.jobs import kinds
from fewclicks.jobs.kinds import JobKind
from fewclicks.methods.detect.inference.large.tiled import TiledModel
from fewclicks.methods.registry import get_role, open_model
from fewclicks.model import AnyModel
from jobs.coins import make_coins

from .api import Api, Json, annotation, until
from .blob_model import BlobModel
from .colour_model import ColourModel

SMALL = (9, 10)  # images to work on
LARGE = 11
LABELS = "labels.json"
POINTS = "halfway"  # a model of points
COUNTING = Path(__file__).parents[1] / "jobs" / "counting.py"


def make_project(folder: Path) -> Path:
    """Return a new project with 8 finished images, 2 to work on and a large one."""
    project = make_coins(folder, 10, 8)
    large = np.full((450, 1200, 3), 128, np.uint8)
    for x, y in product(range(20, 1180, 97), range(20, 430, 97)):
        large[y : y + 12, x : x + 12] = (210, 40, 40)
    Image.fromarray(large).save(folder.with_name(f"{folder.name}-images") / "z-large.png")
    return project


def models() -> dict[str, AnyModel]:
    """Models without trained weights; `halfway` needs its package (see tests/halfway.py)."""
    return {
        "segment": cast(AnyModel, ColourModel()),
        "detect": cast(AnyModel, TiledModel(BlobModel(), 2**26)),
        POINTS: open_model(get_role(POINTS), {}),
    }


def make_quick(put: Callable[[Any, str, Any], None] = setattr) -> None:
    """Treat half a megapixel as large, answer large images in many parts, and count instead of training."""
    plan = json.dumps({"to": 10, "seconds": 0.02})
    program = f"import sys, runpy; open(sys.argv[1] + '/plan.json', 'w').write({plan!r}); "
    program += f"runpy.run_path({str(COUNTING)!r}, run_name='__main__')"
    counting = JobKind("train detect", (sys.executable, "-c", program))
    put(image_files, "LARGE_PIXELS", 500_000)
    put(levels, "COARSEST", 256)
    put(respond, "FURTHER", 0)
    put(train, "training_of", lambda _role: counting)
    put(kinds, "kind_of", lambda _name: counting)


@dataclass(frozen=True)
class Sent:
    """A request that can be sent again and again."""

    method: str
    path: str
    body: Json

    def to(self, api: Api) -> httpx.Response:
        return api.client.request(self.method, f"/api/{self.path}", json=self.body)


def sent(path: str, body: Json, method: str = "POST") -> Sent:
    return Sent(method, path, {"id": uuid4().hex} | body)


def a_box(random: Random) -> list[float]:
    x, y = random.randrange(70), random.randrange(70)
    return [x, y, x + random.randrange(5, 20), y + random.randrange(5, 20)]


def class_clicks(api: Api, random: Random) -> tuple[Json, list[Json]]:
    """A new class click in the first tile of the large image, and the clicks that it replaces."""
    present = api.get(f"images/{LARGE}")["proposals"]["clicks"]
    return {"x": 25 + 97 * random.randrange(2), "y": 25, "class_id": 1}, present


def prompted(api: Api, random: Random) -> Json:
    """A new object of `segment`."""
    name, image = uuid4().hex, random.choice(SMALL)
    box = {"type": "box", "xyxy": a_box(random)}
    return dict(api.respond(name, box, image=image, method="segment")["annotations"][0])


def pointed(api: Api, random: Random) -> int:
    """A small image with one more point."""
    image, (x, y, _, _) = random.choice(SMALL), a_box(random)
    api.edit(annotation(uuid4().hex, {"type": "point", "x": x, "y": y}, image), "point")
    return image


def suggested(api: Api, random: Random) -> tuple[int, Json]:
    """A small image and what a model of points suggests there."""
    image = pointed(api, random)
    answer = api.ok(f"images/{image}/respond", {"method": POINTS})
    return image, dict(answer["proposals"]["points"][0])


def responding(_api: Api, random: Random) -> Sent:
    box = {"type": "box", "xyxy": a_box(random)}
    body = {"annotation_id": uuid4().hex, "class_id": 1, "method": "segment", "prompts": [box]}
    return sent(f"images/{random.choice(SMALL)}/respond", body)


def editing(_api: Api, random: Random) -> Sent:
    image = random.choice(SMALL)
    drawn = annotation(uuid4().hex, {"type": "box", "xyxy": a_box(random)}, image) | {"version": ""}
    return sent(f"images/{image}/edits", {"kind": "box", "annotations": [drawn]})


def retrying(api: Api, random: Random) -> Sent:
    made = prompted(api, random)
    return sent(f"images/{made['image_id']}/retry", {"annotation_id": made["id"]})


def detecting(api: Api, random: Random) -> Sent:
    click, removed = class_clicks(api, random)
    return sent(f"images/{LARGE}/detect", {"clicks": [click], "removed": removed})


def advancing(api: Api, random: Random) -> Sent:
    until(lambda: api.get(f"images/{LARGE}/tiles")["progress"] == 1)
    api.ok(f"images/{LARGE}/detect", detecting(api, random).body)
    return sent(f"images/{LARGE}/advance", {"method": "detect"})


def taking(_api: Api, random: Random) -> Sent:
    box = [random.randrange(30, 1100), random.randrange(30, 400), 12, 12, 0]
    kind = random.choice(("accept", "delete"))
    return sent(f"images/{LARGE}/take", {"kind": kind, "boxes": [box], "scores": [0.5], "class_ids": [1]})


def pointing(api: Api, random: Random) -> Sent:
    return sent(f"images/{pointed(api, random)}/respond", {"method": POINTS})


def taking_points(api: Api, random: Random) -> Sent:
    image, found = suggested(api, random)
    body = {"kind": random.choice(("accept", "delete")), "method": POINTS}
    return sent(f"images/{image}/take-points", body | {"points": found["points"][:1], "moves": found["moves"]})


def accepting_moves(api: Api, random: Random) -> Sent:
    suggested(api, random)
    return sent("moves/accept", {})


def unbatching(api: Api, random: Random) -> Sent:
    done = api.ok("moves/accept", accepting_moves(api, random).body)
    return sent(f"batches/{done['event']}/undo", {})


def question(api: Api, random: Random) -> str:
    """The id of an open question about a suggested point."""
    suggested(api, random)
    asked = api.client.post("/api/questions/next", json={"holder": "tests", "count": 1, "refresh": True})
    return str(asked.json()["questions"][0]["id"])


def answering(api: Api, random: Random) -> Sent:
    word = random.choice(("accept", "delete", "skip"))
    return sent("questions/answers", {"item_id": question(api, random), "answer": word})


def undoing_answer(api: Api, random: Random) -> Sent:
    api.ok("questions/answers", answering(api, random).body)
    return sent("questions/undo", {})


def asking(api: Api, random: Random) -> Sent:
    pointed(api, random)
    return sent("jobs/ask", {"method": POINTS, "images": "annotated"})


def undoing(api: Api, random: Random) -> Sent:
    image = prompted(api, random)["image_id"]
    return sent(f"images/{image}/undo", {})


def redoing(api: Api, random: Random) -> Sent:
    image = prompted(api, random)["image_id"]
    api.undo(image)
    return sent(f"images/{image}/redo", {})


def finishing(_api: Api, random: Random) -> Sent:
    status = random.choice(("todo", "done"))
    return sent(f"images/{random.choice(SMALL)}/status", {"status": status}, "PUT")


def classifying(api: Api, random: Random) -> Sent:
    first, *others = api.get("project")["classes"]
    changed = first | {"policy": f"Policy {random.randrange(10**6)}"}
    return sent("classes", {"classes": [changed, *others]}, "PUT")


def unimporting(api: Api, random: Random) -> Sent:
    return sent(f"imports/{random.choice(api.get('imports'))['event']}/undo", {})


def training(_api: Api, _random: Random) -> Sent:
    return sent("jobs", {"method": "detect", "steps": 1})


# `fewclicks import` adds annotations without a server, and no client requests the verb `rename`: they are not here.
REQUESTS: Mapping[str, Callable[[Api, Random], Sent]] = {
    "respond": responding,
    "edit": editing,
    "retry": retrying,
    "detect": detecting,
    "rest": advancing,
    "take": taking,
    "undo": undoing,
    "redo": redoing,
    "status": finishing,
    "classes": classifying,
    "undo-import": unimporting,
    "ask": asking,
    "accept-moves": accepting_moves,
    "undo-batch": unbatching,
    "answer": answering,
    "respond points": pointing,
    "take points": taking_points,
    "undo answer": undoing_answer,
    "job": training,
}
MORE = {
    "respond points",
    "take points",
    "undo answer",
    "job",
}  # requests whose verbs are above, or that are not in the log
JOBS = {"ask", "job"}


def labels(random: Random, boxes: int = 40) -> Json:
    """The content of a COCO file with random boxes in the small images."""
    images = [{"id": image, "file_name": f"{image - 1}.png", "width": 96, "height": 96} for image in SMALL]
    rows = [(number, random.choice(SMALL), a_box(random)) for number in range(1, boxes + 1)]
    return {
        "images": images,
        "categories": [{"id": 1, "name": "red"}, {"id": 3, "name": f"cell-{random.randrange(3)}"}],
        "annotations": [
            {"id": number, "image_id": image, "category_id": 3, "bbox": [x0, y0, x1 - x0, y1 - y0]}
            for number, image, (x0, y0, x1, y1) in rows
        ],
    }
