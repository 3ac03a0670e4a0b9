"""Objects found all over a large image: the clicked part at once, the rest in parts, each object once."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from jaxtyping import UInt8
from PIL import Image

from fewclicks.application import respond
from fewclicks.application.workspace import Workspace
from fewclicks.cache import BoundedCache
from fewclicks.images import files as image_files
from fewclicks.images import levels
from fewclicks.methods.detect.inference.large.tiled import TiledModel
from fewclicks.server.app import create_app
from fewclicks.server.settings import Settings
from fewclicks.store.project import Project, create_project
from fewclicks.store.replay import replay_proposals

from .api import Api, Json, until
from .blob_model import BlobModel
from .test_large_images import ready

SIZE_HW = (2000, 2900)
CAT = 1
TILES_BYTES = 64 * 1024 * 1024


def places() -> list[tuple[int, int]]:
    """Where the red squares of 12 pixels are: everywhere, across the edges of tiles too."""
    return [(x, y) for y in range(20, 1980, 97) for x in range(15, 2880, 113)]


def picture() -> UInt8[np.ndarray, "H W 3"]:
    pixels = np.full((*SIZE_HW, 3), 128, np.uint8)
    for x, y in places():
        pixels[y : y + 12, x : x + 12] = (220, 30, 30)
    return pixels


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    monkeypatch.setattr(image_files, "LARGE_PIXELS", 10**6)
    monkeypatch.setattr(levels, "COARSEST", 256)
    (tmp_path / "images").mkdir()
    Image.fromarray(picture()).save(tmp_path / "images" / "field.png")
    Image.fromarray(picture()[:100, :100]).save(tmp_path / "images" / "small.png")
    Image.fromarray(picture()[:300]).save(tmp_path / "images" / "wide.png")
    create_project(tmp_path / "project", tmp_path / "images", ["cat", "dog"])
    with Project(tmp_path / "project") as opened:
        yield opened


@pytest.fixture
def api(project: Project, monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    """Each request answers with as little as it can."""
    monkeypatch.setattr(respond, "FURTHER", 0)
    with served(project) as one:
        yield one


@contextmanager
def served(project: Project) -> Iterator[Api]:
    app = create_app(
        project, {"detect": TiledModel(BlobModel(), TILES_BYTES)}, Settings(encode_ahead=False, cache_mb=64)
    )
    with TestClient(app, base_url="http://127.0.0.1:8000", raise_server_exceptions=False) as client:
        yield Api(client)


def corners(proposals: Json) -> set[tuple[int, int]]:
    return {(round(cx - w / 2), round(cy - h / 2)) for cx, cy, w, h, _ in proposals["boxes"]}


def tiles_of(workspace: Workspace) -> BoundedCache[Any, Any]:
    """The encoded tiles of large images."""
    model = workspace.models.get("detect").model
    assert isinstance(model, TiledModel)
    return model._cache


def class_click(x: float, y: float) -> Json:
    return {"method": "detect", "prompts": [{"type": "class_click", "x": x, "y": y, "class_id": CAT}]}


def click_on(api: Api, x: float, y: float) -> Json:
    return api.ok("images/1/respond", class_click(x, y))


def finished(api: Api, image: int = 1) -> tuple[Json, list[float], int]:
    """The proposals at the end, the progress on the way, and how often they changed."""
    told, changes, last = [0.0], 0, {}
    while told[-1] < 1:
        answer = api.ok(f"images/{image}/advance", {"method": "detect"})
        assert answer["progress"] > told[-1]
        told.append(answer["progress"])
        if answer["change"] is not None:
            changes, last = changes + 1, dict(answer["change"]["proposals"])
    return last, told, changes


def test_the_clicked_part_is_answered_at_once_and_the_rest_follows(api: Api) -> None:
    ready(api)
    first = click_on(api, 20, 25)
    near = corners(first["proposals"])
    assert 50 < len(near) < len(places())
    assert all(x < 1024 and y < 1024 for x, y in near)
    proposals, told, changes = finished(api)
    assert corners(proposals) == set(places())
    assert len(proposals["boxes"]) == len(places()), "each object once"
    assert len(told) > 8
    assert 3 <= changes <= 4, "stored each time that twice as much has answered"
    assert api.get("images/1")["proposals"] == proposals


def test_proposals_say_whether_all_of_the_image_has_answered(api: Api) -> None:
    ready(api)
    assert api.get("images/1")["proposals"]["whole"]
    assert not click_on(api, 20, 25)["proposals"]["whole"]
    assert not api.get("images/1")["proposals"]["whole"]
    proposals, _, _ = finished(api)
    assert proposals["whole"]
    taken = {name: proposals[name][:5] for name in ("boxes", "scores", "class_ids")}
    assert api.ok("images/1/take", {"kind": "accept"} | taken)["proposals"]["whole"]
    assert api.ok("images/2/respond", class_click(20, 25))["proposals"]["whole"]


def test_the_rest_follows_after_the_server_was_started_again(api: Api, project: Project) -> None:
    """What was found before stays until its part of the image has answered again."""
    ready(api)
    click_on(api, 20, 25)
    found = api.ok("images/1/advance", {"method": "detect", "view": [2700, 1800, 2900, 2000]})["change"]["proposals"]
    with served(project) as another:
        again = another.ok("images/1/advance", {"method": "detect", "view": [0, 0, 500, 500]})["change"]["proposals"]
        assert corners(found) <= corners(again)
        proposals, _, _ = finished(another)
    assert corners(proposals) == set(places())
    assert len(proposals["boxes"]) == len(places()), "each object once"


def test_what_is_in_view_comes_next(api: Api) -> None:
    ready(api)
    click_on(api, 20, 25)
    answer = api.ok("images/1/advance", {"method": "detect", "view": [2700, 1800, 2900, 2000]})
    found = corners(answer["change"]["proposals"])
    assert {place for place in places() if place[0] > 2000 and place[1] > 1100} <= found


def test_one_undo_takes_back_the_click_and_all_that_followed(api: Api, project: Project) -> None:
    ready(api)
    click_on(api, 20, 25)
    finished(api)
    undone = api.undo()
    assert undone["kind"] == "click"
    assert undone["proposals"]["boxes"] == undone["proposals"]["clicks"] == []
    assert undone["history"]["undo"] is None
    redone = api.redo()["proposals"]
    assert redone["clicks"]
    with project.reading() as log:
        assert replay_proposals(log.events())[1] == log.proposals(1)


def test_another_click_leaves_what_was_found_until_all_have_answered_again(api: Api) -> None:
    ready(api)
    click_on(api, 20, 25)
    finished(api)
    again = click_on(api, 20 + 113, 25)
    assert corners(again["proposals"]) == set(places())
    proposals, told, _ = finished(api)
    assert told[1] < 0.5, "it is asked everywhere once more"
    assert corners(proposals) == set(places())


def test_without_any_click_nothing_stays(api: Api) -> None:
    ready(api)
    click_on(api, 20, 25)
    finished(api)
    left = api.ok("images/1/respond", {"method": "detect", "removed": class_click(20, 25)["prompts"]})
    assert left["proposals"]["boxes"] == []


def test_what_is_accepted_meanwhile_is_not_proposed_again(api: Api) -> None:
    ready(api)
    first = click_on(api, 20, 25)["proposals"]
    taken = {name: first[name][:5] for name in ("boxes", "scores", "class_ids")}
    api.ok("images/1/take", {"kind": "accept"} | taken)
    proposals, _, _ = finished(api)
    assert len(proposals["boxes"]) == len(places()) - 5
    assert not corners(taken) & corners(proposals)


def test_the_memory_for_tiles_is_bounded(api: Api) -> None:
    ready(api)
    click_on(api, 20, 25)
    finished(api)
    assert 0 < tiles_of(api.client.app.state.workspace).nbytes <= TILES_BYTES  # type: ignore[union-attr]


def test_a_small_image_has_no_rest(api: Api) -> None:
    api.ok("images/2/respond", class_click(20, 25))
    answer = api.ok("images/2/advance", {"method": "detect"})
    assert answer["progress"] == 1


def test_an_image_in_memory_may_be_too_large_for_one_reading(api: Api) -> None:
    assert [each["large"] for each in api.get("images")] == [True, False, False]
    answer = api.ok("images/3/respond", class_click(20, 25))
    assert not answer["proposals"]["whole"]
    assert 0 < len(answer["proposals"]["boxes"]) < 26 * 3
    proposals, _, _ = finished(api, image=3)
    assert corners(proposals) == {(x, y) for x, y in places() if y < 300}


def test_what_was_asked_anew_meanwhile_stays(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    ready(api)
    for image in (2, 2):
        api.ok(f"images/{image}/respond", class_click(20, 25))
    api.ok("images/1/respond", {"method": "detect", "examples": True})
    response_of = respond.response_to

    def slowly(*arguments: Any) -> Any:
        """Between the answer of some more tiles and its storing the person asks without examples."""
        found = response_of(*arguments)
        monkeypatch.setattr(respond, "response_to", response_of)
        assert api.ok("images/1/respond", {"method": "detect", "examples": False})["proposals"]["boxes"] == []
        return found

    monkeypatch.setattr(respond, "response_to", slowly)
    late = api.ok("images/1/advance", {"method": "detect", "examples": True, "view": [0, 0, 500, 500]})
    assert late["change"] is None
    assert late["progress"] < 1
    assert api.get("images/1")["proposals"]["boxes"] == []


def test_clicks_on_an_image_that_is_not_ready_are_kept(api: Api) -> None:
    answer = click_on(api, 20, 25)
    assert "field.png is still being prepared" in answer["error"]
    assert len(answer["proposals"]["clicks"]) == 1
    ready(api)
    assert api.ok("images/1/respond", {"method": "detect"})["proposals"]["boxes"]


def test_the_same_request_twice_changes_nothing_more(api: Api) -> None:
    ready(api)
    click_on(api, 20, 25)
    one = api.ok("images/1/advance", {"method": "detect", "id": "same"})
    again = api.ok("images/1/advance", {"method": "detect", "id": "same"})
    assert one["change"] == again["change"]


def test_templates_from_a_small_image_are_looked_for_in_a_large_one(api: Api) -> None:
    ready(api)
    for x in (20, 22):
        api.ok("images/2/respond", class_click(x, 25))
    api.ok("images/1/respond", {"method": "detect"})
    proposals, _, _ = finished(api)
    assert corners(proposals) == set(places())


def test_what_is_looked_at_is_encoded_before_the_first_click(project: Project) -> None:
    app = create_app(
        project, {"detect": TiledModel(BlobModel(), TILES_BYTES)}, Settings(encode_ahead=True, cache_mb=64)
    )
    with TestClient(app, base_url="http://127.0.0.1:8000") as client:
        api, workspace = Api(client), app.state.workspace
        corner = {"view": [2300, 1500, 2800, 1900]}  # seen by the last four tiles
        assert client.put("/api/images/1/view", json=corner).status_code == 204, "not ready yet: nothing happens"
        ready(api)
        assert client.put("/api/images/1/view", json=corner).status_code == 204
        four = 4 * BlobModel().encode(np.zeros((1024, 1024, 3), np.uint8)).nbytes
        until(lambda: tiles_of(workspace).nbytes == four)
        api.ok("images/1/respond", class_click(2382, 1578))
        assert tiles_of(workspace).nbytes == four
