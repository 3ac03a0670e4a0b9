"""Masks from boxes: a job that gives each accepted box a suggested mask, which takes its place once it is accepted."""

import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image

from fewclicks.application.asked import ANSWERS_FOLDER
from fewclicks.application.workspace import Workspace
from fewclicks.methods.registry import get_role, open_model, open_shipped
from fewclicks.server.app import create_app
from fewclicks.server.settings import Settings
from fewclicks.store.checking import check_project
from fewclicks.store.project import Project, create_project
from halfway import TESTS, halfway_installed

from .api import Api, Json, annotation, pixels, until
from .test_asking import ended

PACKAGES = [str(TESTS / "mask_packages")]
CAT, DOG = 1, 2
FIRST, SECOND, OTHER = (4, 4, 24, 24), (30, 20, 60, 30), (10, 10, 30, 40)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Four gray images with a red square where the first box is; the last one cannot be opened any more."""
    images = tmp_path / "project" / "images"
    images.mkdir(parents=True)
    for number in range(4):
        pixels = np.full((48, 64, 3), 100 + number, np.uint8)
        pixels[4:24, 4:24] = (220, 30, 30)
        Image.fromarray(pixels).save(images / f"{number}.png")
    create_project(tmp_path / "project", images, ["cat", "dog"])
    with halfway_installed(PACKAGES):
        yield tmp_path / "project"


@contextmanager
def serving(folder: Path, *roles: str) -> Iterator[Api]:
    models = {name: open_model(get_role(name), {}) for name in roles or ("discs", "dots")}
    with TestClient(
        create_app(Project(folder), models, Settings(encode_ahead=False)), "http://127.0.0.1:8000"
    ) as client:
        yield Api(client)


@pytest.fixture
def api(folder: Path) -> Iterator[Api]:
    with serving(folder) as opened:
        yield opened


def box(api: Api, name: str, xyxy: tuple[float, ...] = FIRST, image: int = 1, **values: object) -> Json:
    shape = {"type": "box", "xyxy": [*xyxy]}
    return api.edit(annotation(name, shape, image, **values))


def start(api: Api, method: str = "discs", **values: object) -> Json:
    return api.ok("jobs/ask", {"method": method} | values)


def run(api: Api, method: str = "discs", **values: object) -> Json:
    job = ended(api, start(api, method, **values))
    assert (job["state"], job["message"]) == ("done", ""), job
    return dict(job["result"])


def masks(api: Api, image: int = 1) -> list[Json]:
    return [each for each in api.annotations(image) if each["shape"]["type"] == "mask"]


def objects(result: Json) -> dict[str, tuple[int, int]]:
    """The number of boxes and of images that a job skipped, by the reason."""
    return {each["reason"]: (each["objects"], each["images"]) for each in result["skipped"]}


def states(api: Api, image: int = 1) -> dict[str, str]:
    return {each["id"]: each["state"] for each in api.annotations(image)}


def accept(api: Api, mask: Json) -> Json:
    return api.edit(mask | {"state": "accepted"}, "accept")


def questions(api: Api) -> Json:
    body = {"holder": "page", "count": 9, "refresh": True}
    response = api.client.post("/api/questions/next", json=body)
    assert response.status_code == 200, response.text
    return dict(response.json())


def test_every_box_of_a_class_gets_a_suggested_mask_as_one_event(api: Api, folder: Path) -> None:
    box(api, "a")
    box(api, "b", SECOND)
    box(api, "c", OTHER, 2)
    box(api, "d", OTHER, 3, class_id=DOG)
    box(api, "e", OTHER, 3, state="proposed")
    before = [api.annotations(image) for image in (1, 2, 3)]
    result = run(api, class_id=CAT)
    assert (result["images"], result["suggestions"], result["moves"], result["skipped"]) == (2, 3, 0, [])
    (batch,) = api.get("batches")
    assert (batch["event"], batch["kind"], batch["images"]) == (result["event"], "masks", 2)
    first, second = masks(api)
    assert (first["class_id"], first["state"], first["prompts"]) == (
        CAT,
        "proposed",
        [{"type": "box", "xyxy": [*FIRST]}],
    )
    assert (first["provenance"]["method"], first["provenance"]["weights"]) == ("discs", "discs-1")
    assert [each["provenance"]["predicted_quality"] for each in (first, second)] == [1, pytest.approx(1 / 3)]
    assert pixels(first["shape"]).xyxy == FIRST
    assert [[each for each in api.annotations(image) if each not in masks(api, image)] for image in (1, 2, 3)] == before
    api.ok(f"batches/{batch['event']}/undo", {})
    assert [api.annotations(image) for image in (1, 2, 3)] == before
    assert api.get("batches")[0]["undone"]
    assert check_project(folder) == []


def test_all_classes_oriented_boxes_too(api: Api) -> None:
    turned = {"type": "oriented_box", "cx": 30, "cy": 24, "w": 20, "h": 10, "angle": np.pi / 4}
    api.edit(annotation("a", turned))
    box(api, "b", OTHER, 2, class_id=DOG)
    assert run(api)["suggestions"] == 2
    ((mask,), (other,)) = masks(api, 1), masks(api, 2)
    half = 30 / 2 / 2**0.5
    assert mask["prompts"][0]["xyxy"] == pytest.approx([30 - half, 24 - half, 30 + half, 24 + half])
    assert other["class_id"] == DOG


def test_an_accepted_mask_takes_the_place_of_its_box_until_that_is_undone(api: Api, folder: Path) -> None:
    box(api, "a")
    box(api, "b", SECOND)
    run(api)
    first, second = masks(api)
    changed = accept(api, first)
    assert [each["id"] for each in changed["annotations"]] == [first["id"], "a"]
    assert states(api) == {"b": "accepted", first["id"]: "accepted", second["id"]: "proposed"}
    api.undo()
    assert states(api) == dict.fromkeys("ab", "accepted") | {first["id"]: "proposed", second["id"]: "proposed"}
    api.redo()
    assert states(api) == {"b": "accepted", first["id"]: "accepted", second["id"]: "proposed"}
    api.edits("accept", second | {"state": "accepted"})
    assert set(states(api)) == {first["id"], second["id"]}
    assert check_project(folder) == []


def test_a_box_that_became_a_mask_meanwhile_keeps_its_place(api: Api) -> None:
    box(api, "a")
    run(api)
    (suggested,) = masks(api)
    drawn = {"type": "polygons", "rings": [[4, 4, 24, 4, 24, 24]]}
    api.edit(annotation("a", drawn), "polygon")
    accept(api, suggested)
    assert states(api) == {"a": "accepted", suggested["id"]: "accepted"}


def test_masks_are_questions_and_a_mask_without_its_box_is_none(api: Api) -> None:
    box(api, "a")
    box(api, "b", SECOND)
    box(api, "c", OTHER, 2)
    run(api)
    asked = questions(api)["questions"]
    assert [each["confidence"] for each in asked] == [pytest.approx(1 / 3), pytest.approx(2 / 3), 1]
    assert {each["kind"] for each in asked} == {"mask"}
    worst, middle, best = asked
    given = api.ok("questions/answers", {"item_id": worst["id"], "answer": "accept", "class_id": DOG})
    assert [(each["class_id"], each["state"]) for each in given["annotations"]] == [(DOG, "accepted"), (CAT, "deleted")]
    assert [each["id"] for each in given["annotations"]][1:] == ["b"]
    api.ok("questions/answers", {"item_id": best["id"], "answer": "delete"})
    assert states(api)["a"] == "accepted", "its mask is wrong, the box is not"
    api.edit(annotation("c", {"type": "box", "xyxy": [*OTHER]}, 2, state="deleted"), "delete")
    left = questions(api)
    assert (left["questions"], left["progress"]["left"]) == ([], 0)
    assert "was removed" in api.refused("questions/answers", {"item_id": middle["id"], "answer": "accept"}, 404)


def test_what_is_skipped_is_counted_by_boxes_and_images(api: Api, folder: Path) -> None:
    picture = folder / "images" / "1.png"
    values = np.array(Image.open(picture))
    values[15:25, 15:25], values[0:10, 40:60] = 0, 255
    Image.fromarray(values).save(picture)
    covering = {"type": "polygons", "rings": [[2, 2, 26, 2, 26, 26, 2, 26]]}
    box(api, "crowd", crowd=True)
    api.edit(annotation("cover", covering, 3), "polygon")
    box(api, "covered", FIRST, 3)
    box(api, "nothing", (10, 10, 30, 30), 2)
    box(api, "broken", (42, 0, 58, 10), 2)
    box(api, "found", SECOND, 2)
    box(api, "lost", FIRST, 4)
    box(api, "lost too", SECOND, 4)
    (folder / "images" / "3.png").write_bytes(b"no image")
    result = run(api)
    assert (result["images"], result["suggestions"]) == (1, 1)
    found = objects(result)
    damaged = next(reason for reason in found if reason.startswith("not an image"))
    covered = next(reason for reason in found if reason.startswith("other accepted objects cover the whole mask"))
    assert found == {
        damaged: (2, 1),
        covered: (1, 1),
        "the box marks a crowd": (1, 1),
        "the model found no object in the box": (1, 1),
        "the model failed: white is too bright": (1, 1),
    }


def test_boxes_with_a_mask_are_left_alone_but_for_outdated_ones(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, place in {"same": FIRST, "moved": SECOND, "wrong": OTHER, "clicked": (40, 30, 60, 46)}.items():
        box(api, name, place)
    run(api)
    same, moved, wrong, clicked = masks(api)
    box(api, "moved", (30, 22, 60, 32))
    api.edit(wrong | {"state": "deleted"}, "delete")
    api.respond(clicked["id"], {"type": "click", "x": 50, "y": 38, "adds": True})
    again = run(api)
    assert again["suggestions"] == 1
    assert objects(again) == {
        "the box has a mask already": (2, 1),
        "somebody rejected the mask of the box": (1, 1),
    }
    left = {each["id"]: each for each in masks(api)}
    (made,) = set(left) - {same["id"], clicked["id"]}
    assert moved["id"] not in left
    assert pixels(left[made]["shape"]).xyxy == (30, 22, 60, 32)
    api.ok(f"batches/{again['event']}/undo", {})
    assert {each["id"] for each in masks(api)} == {same["id"], moved["id"], clicked["id"]}


def test_boxes_that_change_while_the_model_works_get_no_mask(
    api: Api, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for image in (1, 2, 3):
        box(api, f"a{image}", FIRST, image)
        box(api, f"b{image}", SECOND, image)
    monkeypatch.setenv("DISCS_SECONDS", "0.5")
    job = start(api)
    until(lambda: bool(answered(folder)), seconds=60)
    box(api, "a1", OTHER)
    api.edit(annotation("b1", {"type": "box", "xyxy": [*SECOND]}, state="deleted"), "delete")
    result = ended(api, job)["result"]
    assert (result["images"], result["suggestions"]) == (2, 4)
    assert objects(result) == {"changed while the model worked": (2, 1)}


def answered(folder: Path) -> list[Path]:
    return list((folder / "jobs").glob(f"*/{ANSWERS_FOLDER}/*.json"))


def kill(api: Api, job: Json, has_come: Callable[[], bool]) -> Json:
    """Kill the job's process as soon as it has come so far, and return the job as it is then."""
    workspace: Workspace = api.client.app.state.workspace  # type: ignore[union-attr]
    deadline = time.monotonic() + 60
    while not has_come():
        assert time.monotonic() < deadline, "the job has not come so far"
        time.sleep(0.005)
    assert workspace.jobs._process is not None
    os.kill(workspace.jobs._process.pid, signal.SIGKILL)
    return ended(api, job)


def test_killed_it_goes_on_from_there_and_doubles_nothing(
    api: Api, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for image in (1, 2, 3, 4):
        box(api, f"a{image}", FIRST, image)
        box(api, f"c{image}", SECOND, image, crowd=True)
    monkeypatch.setenv("DISCS_SECONDS", "0.4")
    job = start(api, id="once")
    seen: list[str] = []

    def has_come() -> bool:
        seen.append(api.get(f"jobs/{job['id']}")["message"])
        return len(answered(folder)) >= 2 and seen[-1].endswith("left")

    killed = kill(api, job, has_come)
    assert (killed["state"], killed["resumable"]) == ("failed", True)
    assert killed["message"].startswith("the job was ended by SIGKILL")
    assert re.fullmatch(r"image [2-4] of 4, about [12] s left", seen[-1]), seen[-1]
    assert api.get("batches") == [], "all or nothing"
    kept = {path.name: path.stat().st_mtime_ns for path in answered(folder)}
    assert 2 <= len(kept) < 4
    resumed = api.ok(f"jobs/{job['id']}/resume", {})
    until(lambda: len(answered(folder)) > len(kept), seconds=60)
    assert {path.name: path.stat().st_mtime_ns for path in answered(folder) if path.name in kept} == kept
    done = ended(api, resumed)
    assert (done["result"]["images"], done["result"]["suggestions"]) == (4, 4)
    assert objects(done["result"]) == {"the box marks a crowd": (4, 4)}, "those of the first run too"
    assert [len(masks(api, image)) for image in (1, 2, 3, 4)] == [1] * 4
    assert len(api.get("batches")) == 1
    assert start(api, id="once")["id"] == job["id"], "a repeated request starts nothing"
    assert check_project(folder) == []


def test_cancelled_it_leaves_nothing(api: Api, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    box(api, "a")
    monkeypatch.setenv("DISCS_SECONDS", "5")
    job = start(api)
    until(lambda: api.get(f"jobs/{job['id']}")["state"] == "running", seconds=60)
    cancelled = api.client.post(f"/api/jobs/{job['id']}/cancel", json={}).json()
    assert (cancelled["state"], cancelled["resumable"]) == ("cancelled", True)
    assert masks(api) == []


@pytest.mark.parametrize(
    ("body", "status", "problem"),
    [
        ({"method": "dots"}, 422, "the model 'dots' answers about single objects; use a model of boxes or points"),
        ({"method": "discs", "class_id": DOG}, 422, "these images have no accepted box of the class 'dog'"),
        ({"method": "discs", "images": "unannotated"}, 422, "these images have no accepted box; choose other images"),
        ({"method": "discs", "class_id": 9}, 404, "no class 9"),
    ],
)
def test_requests_that_make_no_sense_are_refused(api: Api, body: Json, status: int, problem: str) -> None:
    box(api, "a")
    assert problem in api.refused("jobs/ask", body, status)
    assert api.client.get("/api/jobs/1").status_code == 404


def test_the_shipped_model_of_masks(folder: Path) -> None:
    app = create_app(Project(folder), {"segment": open_shipped("segment")}, Settings(encode_ahead=False))
    with TestClient(app, "http://127.0.0.1:8000") as client:
        api = Api(client)
        box(api, "a", (3, 3, 25, 25))
        assert run(api, "segment")["suggestions"] == 1
        (mask,) = masks(api)
        assert pixels(mask["shape"]).area == pytest.approx(400, rel=0.2)
        assert 0.5 < mask["provenance"]["predicted_quality"] <= 1
