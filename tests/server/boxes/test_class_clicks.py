"""Which boxes class clicks suggest, and their undo."""

from dataclasses import dataclass

from fastapi.testclient import TestClient

from fewclicks.model import COMPLETE, Encoding, Options
from fewclicks.prompts import Prompts
from fewclicks.server.app import create_app
from fewclicks.server.settings import Settings
from fewclicks.store.datasets import export_dataset
from fewclicks.store.project import Project

from ..api import Api
from ..blob_model import BlobModel, BlobResponse, Pixels
from .clicking import CAT, DOG, ON_BLUE, ON_RED, click, detect, detect_body, proposals, red_boxes, take, xyxy


def test_a_click_proposes_boxes_of_all_objects_like_it(api: Api) -> None:
    answer = detect(api, ON_RED)
    found = answer["proposals"]
    assert {xyxy(box) for box in found["boxes"]} == red_boxes()
    assert set(found["class_ids"]) == {CAT}
    assert (answer["kind"], answer["annotations"], answer["error"], found["weights"]) == ("click", [], None, "blob-1")
    assert answer["model_ms"] > 0
    assert proposals(api) == found


def test_clicks_of_several_classes_find_all_of_them(api: Api) -> None:
    detect(api, ON_RED)
    found = detect(api, ON_BLUE)["proposals"]
    assert sorted(found["class_ids"]) == [CAT] * 5 + [DOG] * 3
    assert found["clicks"] == [ON_RED, ON_BLUE]


def test_proposals_are_no_annotations(api: Api, project: Project) -> None:
    answer = detect(api, ON_RED)
    assert api.annotations() == []
    assert [answer["image"][name] for name in ("annotations", "proposed", "clicks")] == [0, 0, 1]
    assert export_dataset(project).annotations == ()


def test_undo_and_redo_bring_back_clicks_and_boxes(api: Api) -> None:
    first = detect(api, ON_RED)["proposals"]
    second = detect(api, ON_BLUE)["proposals"]
    assert api.undo()["proposals"] == first
    assert api.undo()["proposals"]["clicks"] == []
    assert proposals(api)["boxes"] == []
    assert api.redo()["proposals"] == first
    assert api.redo()["proposals"] == second == proposals(api)


def test_a_click_can_be_removed_again(api: Api) -> None:
    first = detect(api, ON_RED)["proposals"]
    detect(api, ON_BLUE)
    answer = detect(api, removed=[ON_BLUE])
    assert answer["kind"] == "unclick"
    assert answer["proposals"] == first | {"version": answer["proposals"]["version"]}


def test_the_box_under_a_click_has_its_class_whatever_the_model_says(api: Api) -> None:
    detect(api, ON_RED, click(18, 6, DOG))  # to the detector both are red, and the first class wins
    found = proposals(api)
    by_place = dict(zip(map(xyxy, found["boxes"]), found["class_ids"], strict=True))
    assert by_place[(16, 4, 22, 10)] == DOG
    assert by_place[(4, 4, 10, 10)] == CAT
    assert len(by_place) == len(found["boxes"]) == 5


def test_oriented_boxes_stay_oriented(project: Project) -> None:
    app = create_app(project, {"detect": TurnedModel()}, Settings(encode_ahead=False))
    with TestClient(app, base_url="http://127.0.0.1:8000") as opened:
        api = Api(opened)
        detect(api, ON_RED)
        assert proposals(api)["oriented"]
        take(api, oriented=True)
        shape = api.annotations()[0]["shape"]
        assert (shape["type"], shape["angle"]) == ("oriented_box", 0.3)


@dataclass(frozen=True)
class TurnedModel(BlobModel):
    """All boxes turned a little."""

    oriented: bool = True

    def respond(
        self,
        encoding: Encoding[Pixels],
        prompts: Prompts,
        previous: BlobResponse | None = None,
        options: Options = COMPLETE,
    ) -> BlobResponse:
        found = super().respond(encoding, prompts, previous, options)
        found.answer.boxes[:, 4] = 0.3
        return found


def test_a_model_of_fixed_classes_passes_over_what_it_does_not_know(project: Project) -> None:
    for known in ({}, {CAT: "cat"}):
        app = create_app(project, {"detect": BlobModel(classes=known)}, Settings(encode_ahead=False))
        with TestClient(app, base_url="http://127.0.0.1:8000") as opened:
            api = Api(opened)
            if not known:
                detect(api, ON_RED, ON_BLUE)
                continue
            answer = detect(api, click(30, 6))
            assert (answer["error"], set(answer["proposals"]["class_ids"])) == (None, {CAT})
            assert len(answer["proposals"]["clicks"]) == 3
            assert {xyxy(box) for box in detect(api, image=2)["proposals"]["boxes"]} == red_boxes()
            assert "has no class 'dog'" in api.refused("images/1/respond", detect_body(ON_BLUE), 422)


def test_a_class_that_was_taken_out_is_neither_clicked_nor_proposed(api: Api) -> None:
    detect(api, ON_RED, ON_BLUE)
    api.classes({"id": CAT, "name": "cat", "color": "#e69f00"}, image_id=1)
    assert detect(api)["proposals"]["class_ids"] == [CAT] * 5
    api.undo()
    api.undo()
    assert len(detect(api)["proposals"]["class_ids"]) == 8


def test_five_hundred_clicks_are_answered(api: Api) -> None:
    found = detect(api, *[ON_RED, ON_BLUE] * 250)["proposals"]
    assert (len(found["clicks"]), len(found["boxes"])) == (500, 8)


def test_the_routes_of_earlier_releases_answer_the_same(api: Api) -> None:
    old = api.ok("images/1/detect", {"clicks": [ON_RED]})
    assert len(old["proposals"]["boxes"]) == 5
    assert api.ok("images/1/rest", {})["progress"] == 1
    taken_back = api.ok("images/1/detect", {"removed": [ON_RED], "elsewhere": False})
    assert taken_back["kind"] == "unclick"
    assert taken_back["proposals"]["boxes"] == []
