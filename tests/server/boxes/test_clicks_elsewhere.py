"""Objects that are found by the clicks in other images."""

from fastapi.testclient import TestClient

from fewclicks.application.workspace import Workspace
from fewclicks.cache import BoundedCache
from fewclicks.server.app import create_app
from fewclicks.server.settings import Settings
from fewclicks.store.project import Project

from ..api import Api, until
from ..blob_model import BlobModel
from .clicking import CAT, DOG, ON_BLUE, ON_RED, click, detect, red_boxes, xyxy


def test_two_clicks_of_a_class_find_it_everywhere(api: Api) -> None:
    detect(api, ON_RED, click(30, 6))
    answer = detect(api, image=2)
    assert answer["kind"] == "find"
    assert {xyxy(box) for box in answer["proposals"]["boxes"]} == red_boxes()
    assert answer["proposals"]["clicks"] == []


def test_one_click_of_a_class_does_not_yet(api: Api) -> None:
    detect(api, ON_RED)
    assert detect(api, image=2)["proposals"]["boxes"] == []
    found = detect(api, click(42, 6), image=3)["proposals"]  # the second click of the class makes both count
    assert len(found["boxes"]) == 5


def test_examples_can_be_switched_off(api: Api) -> None:
    detect(api, ON_RED, click(30, 6))
    assert detect(api, image=2, examples=False)["proposals"]["boxes"] == []
    found = detect(api, ON_BLUE, image=2, examples=False)["proposals"]
    assert set(found["class_ids"]) == {DOG}
    assert set(detect(api, image=2)["proposals"]["class_ids"]) == {CAT, DOG}


def test_examples_are_made_again_from_the_stored_clicks(api: Api, workspace: Workspace) -> None:
    detect(api, ON_RED, click(30, 6))
    before = detect(api, image=2)["proposals"]
    workspace.examples._made = BoundedCache(1024)
    assert detect(api, image=2)["proposals"] == before
    assert len(workspace.examples) == 1


def test_examples_are_made_ready_when_an_image_is_opened(project: Project) -> None:
    app = create_app(project, {"detect": BlobModel()}, Settings(encode_ahead=True))
    with TestClient(app, base_url="http://127.0.0.1:8000") as client:
        api, examples = Api(client), app.state.workspace.examples
        detect(api, ON_RED, click(30, 6))
        assert len(examples) == 0
        api.get("images/2")
        until(lambda: len(examples) == 1)


def test_examples_that_were_taken_back_count_no_longer(api: Api) -> None:
    detect(api, ON_RED, click(30, 6))
    detect(api, image=2)
    detect(api, removed=[ON_RED, click(30, 6)])
    assert detect(api, image=2)["proposals"]["boxes"] == []


def test_an_image_that_is_gone_teaches_nothing_and_stops_nothing(api: Api, workspace: Workspace) -> None:
    detect(api, ON_RED, click(30, 6))
    workspace.project.image_path(workspace.image(1)).unlink()
    workspace.encodings.stop()
    workspace.encodings = type(workspace.encodings)(workspace._load, workspace.note_problem, 1024)
    assert detect(api, ON_BLUE, image=2)["proposals"]["class_ids"] == [DOG] * 3
