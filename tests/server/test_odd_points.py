"""Unusual points in the page: the shipped `refine` answers, or one line says what is wrong."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image

from fewclicks.methods.locate import REFINE
from fewclicks.methods.locate.inference.opening import open_refine
from fewclicks.methods.registry import shipped_files
from fewclicks.methods.spec import Resources
from fewclicks.model import AnyModel
from fewclicks.server.app import create_app
from fewclicks.server.settings import Settings
from fewclicks.store.project import Project, create_project

from .api import Api, Json, annotation

NORMAL, TINY = 1, 2  # images: of 64x48 pixels, and smaller than a cell of the network


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    images = tmp_path / "project" / "images"
    images.mkdir(parents=True)
    for name, size_hw in (("a.png", (48, 64)), ("b.png", (3, 3))):
        pixels = np.random.default_rng(0).integers(0, 255, (*size_hw, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(images / name)
    create_project(tmp_path / "project", images, ["cat", "dog"])
    files = shipped_files(REFINE)
    assert files is not None
    models = {"refine": cast(AnyModel, open_refine(files, Resources()))}
    app = create_app(Project(tmp_path / "project"), models, Settings(encode_ahead=False))
    with TestClient(app, base_url="http://127.0.0.1:8000", raise_server_exceptions=False) as opened:
        yield opened


def point(name: str, x: float, y: float, image: int = NORMAL, **values: Any) -> Json:
    return annotation(name, {"type": "point", "x": x, "y": y}, image, **values)


def refined(api: Api, image: int) -> dict[str, Any]:
    """The only suggestions in an image."""
    answer = api.ok(f"images/{image}/respond", {"method": "refine"})
    (found,) = (answer.get("proposals") or answer)["points"]
    return dict(found)


def new_places(found: dict[str, Any]) -> list[tuple[float, float]]:
    return [tuple(move["to_xy"]) for move in found["moves"]]


def test_an_image_without_points_has_no_moves(api: Api) -> None:
    assert refined(api, NORMAL)["moves"] == []


def test_two_points_in_one_pixel_are_refined_within_the_image(api: Api) -> None:
    """The area around both belongs to the first one, so the second may stay."""
    api.edit(point("first", 20, 20))
    api.edit(point("second", 20, 20))
    api.edit(point("third", 50, 30))
    found = refined(api, NORMAL)
    assert found["whole"]
    assert "first" in {move["annotation_id"] for move in found["moves"]}
    assert all(0 <= x <= 64 and 0 <= y <= 48 for x, y in new_places(found))


def test_a_class_with_a_single_point_is_refined_within_the_image(api: Api) -> None:
    for number in range(4):
        api.edit(point(f"cat-{number}", 10 + 12 * number, 20))
    api.edit(point("dog", 30, 40, class_id=2))
    found = refined(api, NORMAL)
    assert found["whole"]
    assert all(0 <= x <= 64 and 0 <= y <= 48 for x, y in new_places(found))


def test_an_image_smaller_than_r_has_an_answer(api: Api) -> None:
    api.edit(point("only", 1, 1, TINY))
    found = refined(api, TINY)
    assert found["whole"]
    assert all(0 <= x <= 3 and 0 <= y <= 3 for x, y in new_places(found))


@pytest.mark.parametrize(("x", "y"), [(65, 20), (20, 48.5), (-1, 20)])
def test_a_point_outside_the_image_is_refused_in_one_line(api: Api, x: float, y: float) -> None:
    said = api.refused("images/1/edits", {"kind": "point", "annotations": [point("a", x, y)]}, 422)
    assert f"the point at {x:g}, {y:g} is outside the image of 64x48 pixels" in said
    assert "\n" not in said
    assert api.annotations(NORMAL) == []
