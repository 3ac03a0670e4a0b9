"""The server as its page uses it: short calls, each with an id of its own unless told otherwise."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

import httpx2 as httpx
from fastapi.testclient import TestClient

from fewclicks.geometry.masks import Mask
from fewclicks.geometry.rle import decode_rle

Json = dict[str, Any]
RED_BOX: Json = {"type": "box", "xyxy": [6, 6, 26, 26]}


def click(x: float, y: float, adds: bool = True) -> Json:
    return {"type": "click", "x": x, "y": y, "adds": adds}


def annotation(name: str, shape: Json | None, image: int = 1, **values: Any) -> Json:
    return {"id": name, "image_id": image, "class_id": 1, "state": "accepted", "shape": shape} | values


def box_shape(x: float = 1) -> Json:
    return {"type": "box", "xyxy": [x, 1.0, x + 8, 9.0]}


def pixels(shape: Json) -> Mask:
    """The mask that an annotation's shape is."""
    mask = decode_rle(shape["counts"], (shape["size"][0], shape["size"][1]))
    assert list(mask.xyxy) == shape["xyxy"]
    return mask


def words(answer: Json) -> tuple[str | None, str | None]:
    """What undo and redo would do."""
    return answer["history"]["undo"], answer["history"]["redo"]


@dataclass(frozen=True)
class Api:
    client: TestClient | httpx.Client
    author: str = ""

    @property
    def headers(self) -> dict[str, str]:
        return {"Fewclicks-Author": self.author} if self.author else {}

    def post(self, path: str, body: Json) -> httpx.Response:
        return self.client.post(f"/api/{path}", json={"id": uuid4().hex} | body, headers=self.headers)

    def ok(self, path: str, body: Json) -> Json:
        answer = self.post(path, body)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def refused(self, path: str, body: Json, status: int) -> str:
        """The one line of the refusal."""
        answer = self.post(path, body)
        assert answer.status_code == status, answer.text
        message = str(answer.json()["error"]["message"])
        assert "\n" not in message
        return message

    def respond(self, name: str, *prompts: Json, image: int = 1, **values: Any) -> Json:
        body = {"annotation_id": name, "class_id": 1, "prompts": list(prompts)} | values
        return self.ok(f"images/{image}/respond", body)

    def edit(self, wanted: Json, kind: str = "box", **values: Any) -> Json:
        return self.edits(kind, wanted, **values)

    def edits(self, kind: str, *wanted: Json, **values: Any) -> Json:
        """Several annotations of one image at once, whatever their present versions are."""
        annotations = [each | {"version": ""} for each in wanted]
        return self.ok(f"images/{wanted[0]['image_id']}/edits", {"kind": kind, "annotations": annotations} | values)

    def status(self, status: str, image: int = 1, **values: Any) -> Json:
        return self.put(f"images/{image}/status", {"status": status} | values)

    def classes(self, *classes: Json, **values: Any) -> Json:
        return self.put("classes", {"classes": list(classes)} | values)

    def put(self, path: str, body: Json) -> Json:
        answer = self.client.put(f"/api/{path}", json={"id": uuid4().hex} | body, headers=self.headers)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def undo(self, image: int = 1, **values: Any) -> Json:
        return self.ok(f"images/{image}/undo", values)

    def redo(self, image: int = 1, **values: Any) -> Json:
        return self.ok(f"images/{image}/redo", values)

    def undo_everything(self, *images: int) -> None:
        """Leave images as they were before this author changed them."""
        for image in images:
            while self.get(f"images/{image}")["history"]["undo"] is not None:
                self.undo(image)

    def by(self, author: str) -> "Api":
        """The same server, asked by somebody else."""
        return replace(self, author=author)

    def get(self, path: str) -> Any:
        answer = self.client.get(f"/api/{path}", headers=self.headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def annotations(self, image: int = 1) -> list[Json]:
        return list(self.get(f"images/{image}")["annotations"])


def until(condition: Callable[[], bool], seconds: float = 10) -> None:
    """Wait for what the background does."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.01)
