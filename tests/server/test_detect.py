"""Objects found by class clicks: what is proposed, taken, corrected, undone, refused, and learnt from other images."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image

from fewclicks.application.workspace import Workspace
from fewclicks.cache import BoundedCache
from fewclicks.model import COMPLETE, Encoding, Options
from fewclicks.prompts import Prompts
from fewclicks.server.app import create_app
from fewclicks.server.settings import Settings
from fewclicks.store.datasets import export_dataset
from fewclicks.store.project import Project, create_project
from fewclicks.store.replay import replay_log, replay_proposals

from .api import Api, Json, annotation, until
from .blob_model import BlobModel, BlobResponse, Pixels
from .colour_model import ColourModel

CAT, DOG = 1, 2
RED = [(x, 4) for x in (4, 16, 28, 40, 52)]
BLUE = [(x, 24) for x in (4, 20, 36)]
BROKEN: list[bool] = []


@dataclass(frozen=True)
class FailingModel(BlobModel):
    def respond(
        self,
        encoding: Encoding[Pixels],
        prompts: Prompts,
        previous: BlobResponse | None = None,
        options: Options = COMPLETE,
    ) -> BlobResponse:
        if BROKEN:
            raise RuntimeError("out of memory")
        return super().respond(encoding, prompts, previous, options)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three pictures 64x48 with five red squares of 6 pixels above three blue boxes of 10x8; the last has no blue."""
    images = tmp_path / "project" / "images"
    images.mkdir(parents=True)
    for name in ("a.png", "b.png", "c.png"):
        picture = np.full((48, 64, 3), 128, np.uint8)
        for x, y in RED:
            picture[y : y + 6, x : x + 6] = (220, 30, 30)
        for x, y in BLUE if name != "c.png" else []:
            picture[y : y + 8, x : x + 10] = (30, 30, 220)
        Image.fromarray(picture).save(images / name)
    create_project(tmp_path / "project", images, ["cat", "dog"])
    return tmp_path / "project"


@pytest.fixture
def client(project: Project) -> Iterator[TestClient]:
    models = {"segment": ColourModel(), "detect": FailingModel()}
    app = create_app(project, models, Settings(encode_ahead=False))
    with TestClient(app, base_url="http://127.0.0.1:8000", raise_server_exceptions=False) as opened:
        yield opened
    BROKEN.clear()


@pytest.fixture
def workspace(client: TestClient) -> Workspace:
    found: Workspace = client.app.state.workspace  # type: ignore[attr-defined]
    return found


def click(x: float, y: float, class_id: int = CAT) -> Json:
    return {"x": x, "y": y, "class_id": class_id}


ON_RED, ON_BLUE = click(6, 6), click(24, 28, DOG)


def detect_body(*clicks: Json, removed: Sequence[Json] = (), **values: object) -> Json:
    prompts, taken_back = ([{"type": "class_click"} | each for each in some] for some in (clicks, removed))
    return {"method": "detect", "prompts": prompts, "removed": taken_back} | values


def detect(api: Api, *clicks: Json, image: int = 1, removed: Sequence[Json] = (), **values: object) -> Json:
    return api.ok(f"images/{image}/respond", detect_body(*clicks, removed=removed, **values))


def proposals(api: Api, image: int = 1) -> Json:
    return dict(api.get(f"images/{image}")["proposals"])


def take(api: Api, kind: str = "accept", only: Sequence[int] | None = None, image: int = 1, **values: object) -> Json:
    shown = proposals(api, image)
    chosen = range(len(shown["boxes"])) if only is None else only
    rows = {name: [shown[name][i] for i in chosen] for name in ("boxes", "scores", "class_ids")}
    return api.ok(f"images/{image}/take", {"kind": kind} | rows | values)


def xyxy(box: list[float]) -> tuple[float, ...]:
    cx, cy, w, h, _ = box
    return (cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2)


def red_boxes() -> set[tuple[float, ...]]:
    return {(x, y, x + 6, y + 6) for x, y in RED}


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


def test_all_are_accepted_as_one_change(api: Api, project: Project) -> None:
    detect(api, ON_RED, ON_BLUE)
    answer = take(api, id="all")
    made = api.annotations()
    assert answer["proposals"]["boxes"] == []
    assert [each["id"] for each in made] == [f"all-{n}" for n in range(8)]
    assert {each["state"] for each in made} == {"accepted"}
    first = made[0]
    assert first["provenance"]["predicted_quality"] == 1
    assert [first["provenance"][name] for name in ("method", "weights", "round")] == ["detect", "blob-1", 2]
    assert {tuple(each["shape"]["xyxy"]) for each in made if each["class_id"] == CAT} == red_boxes()
    assert len(export_dataset(project).annotations) == 8
    assert len(api.undo()["removed"]) == 8
    assert (api.annotations(), len(proposals(api)["boxes"])) == ([], 8)
    api.redo()
    assert (len(api.annotations()), proposals(api)["boxes"]) == (8, [])


def test_some_are_accepted_and_the_others_stay(api: Api) -> None:
    shown = detect(api, ON_RED, ON_BLUE)["proposals"]
    take(api, only=[i for i, each in enumerate(shown["class_ids"]) if each == DOG])
    assert [each["class_id"] for each in api.annotations()] == [DOG] * 3
    assert proposals(api)["class_ids"] == [CAT] * 5


def test_what_is_accepted_is_not_proposed_again(api: Api) -> None:
    detect(api, ON_RED)
    take(api, only=[0, 1])
    found = detect(api, ON_BLUE)["proposals"]
    assert sorted(found["class_ids"]) == [CAT] * 3 + [DOG] * 3


def test_what_another_page_accepted_already_is_not_accepted_twice(api: Api) -> None:
    shown = detect(api, ON_RED, ON_BLUE)["proposals"]
    rows = {name: shown[name] for name in ("boxes", "scores", "class_ids")}
    take(api, only=[0, 1, 2])
    api.ok("images/1/take", {"kind": "accept"} | rows)
    assert len(api.annotations()) == 8


def test_nor_is_what_was_labelled_otherwise(api: Api) -> None:
    api.edit(annotation("by-hand", {"type": "polygons", "rings": [[4, 4, 10, 4, 10, 10, 4, 10]]}), kind="polygon")
    api.edit(annotation("a-mask", {"type": "box", "xyxy": [16, 4, 22, 9]}))
    assert len(detect(api, ON_RED)["proposals"]["boxes"]) == 3


def test_what_a_person_deleted_is_not_proposed_again_until_that_is_undone(api: Api) -> None:
    detect(api, ON_RED)
    answer = take(api, "delete", only=[4])
    assert (answer["kind"], len(answer["proposals"]["boxes"])) == ("delete", 4)
    assert api.annotations() == []
    assert len(detect(api, ON_BLUE)["proposals"]["boxes"]) == 4 + 3
    api.undo()
    assert len(api.undo()["proposals"]["boxes"]) == 5
    assert len(detect(api, ON_BLUE)["proposals"]["boxes"]) == 5 + 3


def test_what_was_deleted_is_proposed_again_once_it_is_clicked(api: Api) -> None:
    detect(api, ON_RED)
    take(api, "delete", only=[4])
    deleted = RED[4]
    answer = detect(api, click(deleted[0] + 2, deleted[1] + 3, DOG))["proposals"]
    by_place = dict(zip(map(xyxy, answer["boxes"]), answer["class_ids"], strict=True))
    assert by_place[(deleted[0], deleted[1], deleted[0] + 6, deleted[1] + 6)] == DOG
    assert len(detect(api, ON_BLUE)["proposals"]["boxes"]) == 5 + 3
    api.undo()
    assert len(api.undo()["proposals"]["boxes"]) == 4
    assert len(detect(api, ON_BLUE)["proposals"]["boxes"]) == 4 + 3, "it is deleted again"


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


# --- examples from other images ------------------------------------------------------------------


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


def test_a_class_that_was_taken_out_is_neither_clicked_nor_proposed(api: Api) -> None:
    detect(api, ON_RED, ON_BLUE)
    api.classes({"id": CAT, "name": "cat", "color": "#e69f00"}, image_id=1)
    assert detect(api)["proposals"]["class_ids"] == [CAT] * 5
    api.undo()
    api.undo()
    assert len(detect(api)["proposals"]["class_ids"]) == 8


def test_clicks_that_somebody_else_added_to_stay(api: Api) -> None:
    ann, bob = api.by("ann"), api.by("bob")
    detect(ann, ON_RED)
    both = detect(bob, ON_BLUE)["proposals"]
    undone = ann.undo()
    assert (undone["kept"], undone["proposals"]) == (1, None)
    assert api.get("images/1")["proposals"] == both
    assert bob.undo()["kept"] == 0
    assert len(api.get("images/1")["proposals"]["clicks"]) == 1


# --- what can go wrong ---------------------------------------------------------------------------


def test_when_the_model_fails_the_click_is_kept_and_can_be_answered_later(api: Api) -> None:
    detect(api, ON_RED)
    BROKEN.append(True)
    answer = detect(api, ON_BLUE)
    assert answer["error"] == "the model failed: out of memory"
    assert answer["proposals"]["clicks"] == [ON_RED, ON_BLUE]
    assert len(answer["proposals"]["boxes"]) == 5
    BROKEN.clear()
    assert len(detect(api)["proposals"]["boxes"]) == 8


def test_when_the_image_cannot_be_read_the_click_is_kept(api: Api, workspace: Workspace) -> None:
    workspace.project.image_path(workspace.image(1)).write_bytes(b"nothing")
    answer = detect(api, ON_RED)
    assert answer["error"]
    assert answer["proposals"]["clicks"] == [ON_RED]
    assert api.get("images")[0]["problem"]


def test_an_image_that_could_never_be_opened_says_why(api: Api, folder: Path, project: Project) -> None:
    (folder / "images" / "d.png").write_text("no picture")
    project.sync()
    for path, body in (("respond", detect_body(ON_RED)), ("take", ROW)):
        assert "d.png: not an image in a supported format" in api.refused(f"images/4/{path}", body, 422)


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (detect_body(click(65, 5)), 422, "outside the image of 64x48"),
        (detect_body(click(5, 5, 99)), 404, "no class 99"),
        (detect_body(removed=[click(5, 5)]), 422, "no click of class 1 at 5, 5"),
        (detect_body(*[click(5, 5)] * 1001), 422, "at most 1000"),
        (detect_body({"x": 1, "y": 2}), 422, "class_id"),
        (detect_body(click(float("1e9"), 5)), 422, "x"),
        (detect_body(click(5, 5, 10**22)), 422, "class_id"),
        (detect_body(removed=[click(5, 5, 10**22)]), 422, "class_id"),
    ],
)
def test_bad_clicks_are_refused_and_nothing_is_stored(api: Api, body: Json, status: int, words: str) -> None:
    assert words in api.refused("images/1/respond", body, status)
    assert proposals(api)["clicks"] == []
    assert api.get("images/1")["history"]["undo"] is None


def test_too_many_clicks_in_all_are_refused(api: Api) -> None:
    detect(api, *[ON_RED] * 600)
    assert "at most 1000" in api.refused("images/1/detect", {"clicks": [ON_RED] * 401}, 422)


ROW: Json = {"kind": "accept", "boxes": [[5, 5, 4, 4, 0]], "scores": [0.5], "class_ids": [CAT]}


@pytest.mark.parametrize(
    ("change", "status", "words"),
    [
        ({"scores": []}, 422, "expected a score and a class for each box"),
        ({"boxes": [[5, 5, 0, 4, 0]]}, 422, "x0 < x1"),
        ({"boxes": [[500, 5, 4, 4, 0]]}, 422, "outside the image"),
        ({"class_ids": [99]}, 404, "no class 99"),
        ({"class_ids": [10**22]}, 422, "class_ids"),
        ({"scores": [2]}, 422, "scores"),
        ({"kind": "move"}, 422, "kind"),
    ],
)
def test_bad_boxes_are_refused(api: Api, change: Json, status: int, words: str) -> None:
    assert words in api.refused("images/1/take", ROW | change, status)
    assert api.annotations() == []


def test_a_request_sent_twice_changes_nothing_the_second_time(api: Api) -> None:
    once = detect(api, ON_RED, id="same")
    assert detect(api, ON_RED, id="same")["proposals"] == once["proposals"]
    assert proposals(api)["clicks"] == [ON_RED]
    rows = ROW | {"id": "taken"}
    assert api.ok("images/1/take", rows)["annotations"] == api.ok("images/1/take", rows)["annotations"]
    assert len(api.annotations()) == 1


def test_without_a_model_detection_is_refused(project: Project) -> None:
    with TestClient(create_app(project, {"segment": ColourModel()}), base_url="http://127.0.0.1:8000") as opened:
        assert "no model 'detect'" in Api(opened).refused("images/1/respond", detect_body(ON_RED), 404)
        assert "for the task 'boxes'" in Api(opened).refused("images/1/detect", {"clicks": [ON_RED]}, 404)


def test_the_routes_of_earlier_releases_answer_the_same(api: Api) -> None:
    old = api.ok("images/1/detect", {"clicks": [ON_RED]})
    assert len(old["proposals"]["boxes"]) == 5
    assert api.ok("images/1/rest", {})["progress"] == 1
    taken_back = api.ok("images/1/detect", {"removed": [ON_RED], "elsewhere": False})
    assert taken_back["kind"] == "unclick"
    assert taken_back["proposals"]["boxes"] == []


def test_five_hundred_clicks_are_answered(api: Api) -> None:
    found = detect(api, *[ON_RED, ON_BLUE] * 250)["proposals"]
    assert (len(found["clicks"]), len(found["boxes"])) == (500, 8)


def test_the_log_alone_gives_the_same(api: Api, project: Project) -> None:
    detect(api, ON_RED)
    take(api, only=[0])
    detect(api, ON_BLUE)
    api.undo()
    take(api, "delete", only=[0])
    with project.reading() as log:
        events = log.events()
        assert replay_proposals(events) == {1: log.proposals(1)}
        assert replay_log(events) == log.annotations(deleted=True)


def outdated(api: Api, path: str, body: Json) -> None:
    before = proposals(api)
    answer = api.post(f"images/1/{path}", body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "outdated")
    assert proposals(api) == before


def test_clicks_and_boxes_of_outdated_clicks_are_refused(api: Api) -> None:
    seen = proposals(api)["version"]
    first = detect(api, ON_RED, version=seen)["proposals"]
    second = detect(api, ON_BLUE, version=first["version"])["proposals"]
    assert len({seen, first["version"], second["version"]}) == 3
    rows = {name: first[name][:1] for name in ("boxes", "scores", "class_ids")}
    outdated(api, "respond", detect_body(click(18, 6), version=first["version"]))
    outdated(api, "respond", detect_body(removed=[ON_RED], version=first["version"]))
    outdated(api, "take", {"kind": "accept", "version": first["version"]} | rows)
    assert api.annotations() == []
    api.ok("images/1/take", {"kind": "accept", "version": second["version"]} | rows)


def test_answers_and_accepted_boxes_leave_the_version_of_the_clicks(api: Api) -> None:
    made = detect(api, ON_RED)["proposals"]
    assert detect(api)["proposals"]["version"] == made["version"]
    assert take(api, only=[0])["proposals"]["version"] == made["version"]
    detect(api, ON_BLUE, version=made["version"])
    assert api.undo()["proposals"]["version"] == made["version"]


def test_undo_leaves_clicks_that_somebody_else_made_again(api: Api) -> None:
    ann, bob = api.by("ann"), api.by("bob")
    detect(ann, ON_RED)
    detect(bob, removed=[ON_RED])
    detect(bob, ON_RED)
    assert ann.undo()["kept"] == 1
    assert proposals(api)["clicks"] == [ON_RED]
