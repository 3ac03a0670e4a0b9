import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from jaxtyping import UInt8
from PIL import Image

from fewclicks.errors import InputError
from fewclicks.geometry.masks import Mask
from fewclicks.geometry.rle import decode_rle
from fewclicks.interactions import History
from fewclicks.methods.protocol import Encoding, Prediction
from fewclicks.server.app import create_app
from fewclicks.server.settings import Settings
from fewclicks.store.events import AnnotationChange, Outcome, Request
from fewclicks.store.project import Project
from fewclicks.store.replay import replay_log

from .api import RED_BOX, Api, Json, annotation, box_shape, click
from .colour_assist import ColourAssist


def pixels(shape: Json) -> Mask:
    mask = decode_rle(shape["counts"], (shape["size"][0], shape["size"][1]))
    assert list(mask.xyxy) == shape["xyxy"]
    return mask


def words(answer: Json) -> tuple[str | None, str | None]:
    """What undo and redo would do."""
    return answer["history"]["undo"], answer["history"]["redo"]


def test_a_box_is_answered_and_a_click_corrects_it(api: Api) -> None:
    first = api.respond("o", RED_BOX, seconds=7.5)
    assert pixels(first["annotations"][0]["shape"]).xyxy == (8, 8, 24, 24)
    assert first["annotations"][0]["state"] == "proposed"
    assert words(first) == ("box", None)
    second = api.respond("o", click(40, 30), seconds=2)
    both = second["annotations"][0]
    assert pixels(both["shape"]).area >= pixels(first["annotations"][0]["shape"]).area
    assert [prompt["type"] for prompt in both["prompts"]] == ["box", "click"]
    assert both["prompts"][1]["round"] == 1
    assert both["provenance"]["weights"] == "colour-1"
    assert both["provenance"]["predicted_quality"] == pytest.approx(1 - 0.5 / 3)
    assert second["model_ms"] > 0
    summary = second["image"]
    assert (summary["clicks"], summary["seconds"], summary["proposed"]) == (1, 9.5, 1)
    assert summary["worst_quality"] == both["provenance"]["predicted_quality"]


def test_a_click_alone_starts_an_object(api: Api) -> None:
    made = api.respond("o", click(40, 30))["annotations"][0]
    assert made["prompts"] == [{"type": "click", "x": 40, "y": 30, "adds": True, "round": 1}]
    assert pixels(made["shape"]).area > 300


def test_extreme_points_start_an_object(api: Api) -> None:
    points = [[8, 12], [24, 12], [12, 8], [12, 24]]
    made = api.respond("o", {"type": "extreme_points", "points": points})["annotations"][0]
    assert pixels(made["shape"]).xyxy == (8, 8, 24, 24)


def test_everything_is_there_after_reloading(api: Api) -> None:
    made = api.respond("o", RED_BOX)["annotations"][0]
    drawn = api.edit(annotation("p", box_shape()))["annotations"][0]
    assert api.annotations() == [made, drawn]
    assert words(api.get("images/1")) == ("box", None)


def test_undo_and_redo_go_over_prompts_answers_and_edits_of_every_image(api: Api) -> None:
    states = [api.annotations(1) + api.annotations(2)]

    def then(answer: Json) -> Json:
        states.append(api.annotations(1) + api.annotations(2))
        return answer

    then(api.respond("o", RED_BOX))
    made = then(api.respond("o", click(40, 30)))["annotations"][0]
    then(api.edit(made | {"state": "accepted"}, "accept"))
    then(api.edit(annotation("p", box_shape(), image=2), "box"))
    then(api.edit(made | {"state": "accepted", "class_id": 2}, "class"))
    then(api.edit(made | {"state": "deleted"}, "delete"))
    last = len(states) - 1
    kinds = []
    for place in range(last - 1, -1, -1):
        kinds.append(api.undo()["kind"])
        assert api.annotations(1) + api.annotations(2) == states[place]
    assert kinds == ["delete", "class", "box", "accept", "click", "box"]
    assert api.refused("undo", {}, 409) == "there is nothing to undo"
    for place in range(1, last + 1):
        api.redo()
        assert api.annotations(1) + api.annotations(2) == states[place]
    assert api.refused("redo", {}, 409) == "there is nothing to redo"


def test_undoing_a_creation_says_that_nothing_is_left(api: Api) -> None:
    api.edit(annotation("p", box_shape(), image=2))
    undone = api.undo()
    assert (undone["image"]["id"], undone["annotations"], undone["removed"]) == (2, [], ["p"])
    assert words(undone) == (None, "box")


def test_several_annotations_are_edited_and_undone_as_one(api: Api) -> None:
    one = api.respond("o", RED_BOX)["annotations"][0]
    two = api.edit(annotation("p", box_shape()))["annotations"][0]
    before = api.annotations()
    merged = api.edits(
        "paint", two | {"shape": box_shape(9)}, one | {"state": "deleted"}, annotation("q", box_shape(3))
    )
    assert [each["id"] for each in merged["annotations"]] == ["p", "o", "q"]
    assert merged["image"]["annotations"] == 2
    after = api.annotations()
    assert [each["id"] for each in after] == ["p", "q"]
    undone = api.undo()
    assert ([each["id"] for each in undone["annotations"]], undone["removed"]) == (["p", "o"], ["q"])
    assert api.annotations() == before
    assert api.redo()["annotations"] == merged["annotations"]
    assert api.annotations() == after


def test_an_oriented_box_is_stored_moved_and_undone(api: Api) -> None:
    shape = {"type": "oriented_box", "cx": 20.0, "cy": 18.0, "w": 12.0, "h": 5.0, "angle": 0.4}
    drawn = api.edit(annotation("p", shape))["annotations"][0]
    assert drawn["shape"] == shape
    moved = api.edit(drawn | {"shape": shape | {"cx": 24.0}}, "move")["annotations"][0]
    assert moved["shape"]["cx"] == 24
    api.undo()
    assert api.annotations()[0]["shape"] == shape


@pytest.mark.parametrize(
    ("bad", "status", "says"),
    [
        (annotation("p", box_shape(4)), 422, "is in the request twice"),
        (annotation("q", box_shape(500)), 422, "outside the image"),
        (annotation("q", box_shape(), image=2), 422, "of image 2, the request of image 1"),
        (annotation("q", box_shape(), class_id=5), 404, "no class 5"),
    ],
)
def test_several_annotations_are_edited_all_or_none(
    api: Api, project: Project, bad: Json, status: int, says: str
) -> None:
    body = {"kind": "box", "annotations": [annotation("p", box_shape()), bad]}
    assert says in api.refused("images/1/edits", body, status)
    assert api.annotations() == []
    with project.reading() as log:
        assert log.events() == []


def test_that_an_image_is_done_is_undone_and_redone(api: Api) -> None:
    api.edit(annotation("p", box_shape()))
    done = api.status("done", image=2)
    assert (done["image"]["status"], words(done), done["annotations"]) == ("done", ("done", None), [])
    undone = api.undo()
    assert (undone["kind"], undone["image"]["id"], undone["image"]["status"]) == ("done", 2, "todo")
    assert words(undone) == ("box", "done")
    assert len(api.annotations()) == 1
    assert api.redo()["image"]["status"] == "done"
    assert [row["status"] for row in api.get("images")] == ["todo", "done", "todo"]


def test_an_edit_of_the_classes_is_undone_and_redone(api: Api) -> None:
    cat, dog = before = api.get("project")["classes"]
    after = [dog | {"name": "wolf", "color": "#123456", "policy": "howls"}, {**cat, "id": 77, "name": "fox"}]
    changed = api.classes(*after)
    assert (changed["classes"], changed["image"], words(changed)) == (after, None, ("classes", None))
    undone = api.undo()
    assert (undone["kind"], undone["classes"], undone["image"]) == ("classes", before, None)
    assert api.get("project")["classes"] == before
    assert api.redo()["classes"] == after
    api.edit(annotation("p", box_shape(), class_id=77))
    assert api.undo()["classes"] is None
    assert api.undo()["classes"] == before


def test_a_step_that_means_another_change_is_refused(api: Api) -> None:
    api.edit(annotation("p", box_shape()), id="first")
    stood = api.edit(annotation("q", box_shape(2)), id="second")["history"]
    assert stood["undo_of"] == "second"
    assert "something else was changed meanwhile" in api.refused("undo", {"of": "first"}, 409)
    assert len(api.annotations()) == 2
    undone = api.ok("undo", {"of": "second"})
    assert (undone["history"]["undo_of"], undone["history"]["redo_of"]) == ("first", "second")
    assert "something else was changed meanwhile" in api.refused("redo", {"of": "first"}, 409)
    assert api.ok("redo", {"of": "second"})["annotations"][0]["id"] == "q"


def test_an_object_brings_back_its_class_that_was_taken_out_meanwhile(api: Api) -> None:
    cat, dog = api.get("project")["classes"]
    api.classes(cat)
    api.edit(annotation("p", box_shape(), class_id=dog["id"]))
    assert api.get("project")["classes"] == [cat, dog]
    api.edit(annotation("p", box_shape(), class_id=dog["id"], state="deleted"), "delete")
    api.classes(cat)
    asked = api.respond("o", RED_BOX, class_id=dog["id"])
    assert asked["annotations"][0]["class_id"] == dog["id"]
    assert api.get("project")["classes"] == [cat, dog]


def test_a_retry_asks_the_method_that_was_asked(project: Project) -> None:
    other = FailingAssist([], name="other")
    app = create_app(project, {"segment": FailingAssist(["respond"]), "other": other}, Settings())
    with TestClient(app, base_url="http://127.0.0.1:80") as client:
        api = Api(client)
        api.edit(annotation("p", box_shape()))
        assert api.respond("p", click(12, 12))["error"]
        with project.changing() as log:
            before = log.annotation("p")
            assert before is not None
            asked = Request("x", "respond", "click", {"method": "other"}, 1)
            log.append(asked, Outcome((AnnotationChange(before, before),)))
        assert api.ok("images/1/retry", {"annotation_id": "p"})["annotations"][0]["provenance"]["method"] == "other"


def test_a_prompt_on_an_accepted_annotation_proposes_and_undo_restores_it(api: Api) -> None:
    made = api.respond("o", RED_BOX)["annotations"][0]
    accepted = api.edit(made | {"state": "accepted"}, "accept")["annotations"][0]
    assert api.respond("o", click(40, 30))["annotations"][0]["state"] == "proposed"
    assert api.undo()["annotations"][0] == accepted


def test_a_hand_made_shape_is_reopened_and_corrected(api: Api) -> None:
    ring = {"type": "polygons", "rings": [[8, 8, 24, 8, 24, 24, 8, 24]]}
    drawn = api.edit(annotation("p", ring), "polygon")["annotations"][0]
    opened = api.respond("p", click(40, 30))["annotations"][0]
    assert (opened["base"], opened["state"]) == (drawn["shape"], "proposed")
    area = pixels(opened["shape"]).area
    assert area >= 16 * 16 + 300, "the base is kept and the clicked square joins it"
    further = api.respond("p", click(12, 12, adds=False))["annotations"][0]
    assert pixels(further["shape"]).area < area


@pytest.mark.parametrize("verb", ["respond", "edit", "undo", "redo", "status", "classes"])
def test_a_repeated_request_changes_nothing_and_gets_the_answer_again(api: Api, project: Project, verb: str) -> None:
    api.edit(annotation("a", box_shape()))
    api.edit(annotation("b", box_shape()))
    api.undo()
    path, body = {
        "respond": ("images/1/respond", {"annotation_id": "o", "class_id": 1, "prompts": [RED_BOX]}),
        "edit": ("images/1/edits", {"kind": "box", "annotations": [annotation("p", box_shape(3))]}),
        "undo": ("undo", {}),
        "redo": ("redo", {}),
        "status": ("images/1/status", {"status": "done"}),
        "classes": ("classes", {"classes": api.get("project")["classes"][:1]}),
    }[verb]
    send = api.client.put if verb in ("status", "classes") else api.client.post
    first, second = (send(f"/api/{path}", json={"id": "same", **body}) for _ in range(2))  # type: ignore[dict-item]
    assert first.status_code == 200
    assert second.json() == first.json()
    with project.reading() as log:
        assert [event.request.id for event in log.events()].count("same") == 1


VAST = 9999999999999999999999
RESPOND: Json = {"annotation_id": "o", "class_id": 1, "prompts": [RED_BOX]}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("images/1/respond", RESPOND | {"class_id": VAST}),
        ("images/1/respond", RESPOND | {"class_id": 2**53}),
        ("images/1/respond", RESPOND | {"class_id": -VAST}),
        ("images/1/respond", RESPOND | {"annotation_id": "\ud800"}),
        (f"images/{VAST}/respond", RESPOND),
        ("images/1/edits", {"kind": "box", "annotations": [annotation("p", box_shape(), class_id=VAST)]}),
        ("images/1/edits", {"kind": "box", "annotations": [annotation("p", box_shape(), VAST)]}),
        (f"images/{VAST}/edits", {"kind": "box", "annotations": [annotation("p", box_shape(), VAST)]}),
        ("images/1/respond", RESPOND | {"\ud800": 1}),
        (f"images/{VAST}/retry", {"annotation_id": "o"}),
    ],
)
def test_a_number_or_a_text_that_the_store_cannot_hold_is_refused(
    api: Api, project: Project, path: str, body: Json
) -> None:
    sent = json.dumps({"id": "x"} | body)
    answer = api.client.post(f"/api/{path}", content=sent, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "input")
    with project.reading() as log:
        assert log.events() == []


@pytest.mark.parametrize("path", ["images/1/respond", "images/2/respond", "images/1/edits", "undo"])
def test_an_id_used_for_something_else_is_a_conflict(api: Api, path: str) -> None:
    api.respond("o", RED_BOX, id="same")
    body: Json = {"id": "same", "annotation_id": "o", "class_id": 1, "prompts": [click(1, 1)]}
    if path == "images/2/respond":
        body["prompts"] = [RED_BOX]
    if path == "images/1/edits":
        body = {"id": "same", "kind": "box", "annotations": [annotation("p", box_shape())]}
    if path == "undo":
        body = {"id": "same"}
    assert "already used" in api.refused(path, body, 409)
    assert len(api.annotations()) == 1


@dataclass(frozen=True)
class FailingAssist:
    """The colour assist on a day when it fails: at encoding or at answering, as long as `fails` holds a word."""

    fails: list[str]
    name: str = "segment"
    weights: str = "colour-1"

    def encode(self, image: UInt8[np.ndarray, "H W 3"]) -> Encoding:
        if "encode" in self.fails:
            raise RuntimeError("out of\nmemory")
        return ColourAssist().encode(image)

    def respond(self, encoding: Encoding, history: History, previous: Prediction | None = None) -> Prediction:
        if "respond" in self.fails:
            raise RuntimeError("out of\nmemory")
        if "refuse" in self.fails:
            raise InputError("a removal cannot come first")
        answer = ColourAssist().respond(encoding, history, previous)
        return Prediction(answer.mask, float("nan"), 0) if "quality" in self.fails else answer


@pytest.mark.parametrize("word", ["encode", "respond", "quality"])
def test_prompts_are_kept_when_the_model_fails_and_answered_on_retry(project: Project, word: str) -> None:
    assist = FailingAssist([])
    with TestClient(
        create_app(project, {"segment": assist}, Settings(cache_mb=1)), base_url="http://127.0.0.1:80"
    ) as c:
        api = Api(c)
        if word != "encode":
            api.respond("o", RED_BOX)
        shape = api.annotations()[0]["shape"] if word != "encode" else None
        assist.fails.append(word)
        failed = api.respond("o", click(40, 30))
        assert failed["error"].startswith("the model could not answer")
        assert "\n" not in failed["error"]
        assert (failed["annotations"][0]["shape"], failed["model_ms"]) == (shape, None)
        assert failed["annotations"][0]["prompts"][-1]["type"] == "click"
        assert "could not answer" in api.refused("images/1/retry", {"annotation_id": "o"}, 503)
        assert api.annotations() == [failed["annotations"][0]]
        assist.fails.clear()
        answered = api.ok("images/1/retry", {"annotation_id": "o"})
        assert pixels(answered["annotations"][0]["shape"]).area > 0
        assert answered["history"]["undo"] == "retry"
        assert api.undo()["annotations"][0] == failed["annotations"][0]


def test_an_image_that_cannot_be_read_any_more_keeps_the_prompts_and_is_named(api: Api, folder: Path) -> None:
    (folder / "images" / "b.png").write_bytes(b"spoilt")
    answer = api.respond("o", RED_BOX, image=2)
    assert "b.png: this is not an image" in answer["error"]
    assert answer["annotations"][0]["prompts"] == [RED_BOX | {"xyxy": [6.0, 6.0, 26.0, 26.0]}]
    assert "not an image" in api.get("images")[1]["problem"]


def test_an_image_that_could_never_be_opened_says_why(api: Api, folder: Path, project: Project) -> None:
    (folder / "images" / "d.png").write_text("no picture")
    project.sync()
    why = "d.png: this is not an image that can be read"
    body = {"annotation_id": "o", "class_id": 1}
    for prompt in (click(8, 8), RED_BOX):
        assert why in api.refused("images/4/respond", body | {"prompts": [prompt]}, 422)
    assert why in api.refused("images/4/edits", {"kind": "box", "annotations": [annotation("p", box_shape(), 4)]}, 422)


def test_a_scribble_is_no_prompt_of_one_object(api: Api) -> None:
    body = {"annotation_id": "o", "class_id": 1, "prompts": [{"type": "scribble", "points": [[1, 1], [9, 9]]}]}
    says = "an object is told by a box, four extreme points or clicks, not by a scribble"
    assert api.refused("images/1/respond", body, 422) == says
    assert api.annotations() == []


def test_who_made_an_annotation_is_not_for_a_client_to_say(api: Api) -> None:
    claimed = {"person": "eve", "method": "segment", "weights": "x", "round": 3, "predicted_quality": 1.0}
    made = api.edit(annotation("p", box_shape(), provenance=claimed))["annotations"][0]
    own = {"person": "local", "method": "manual", "weights": "", "round": 0, "predicted_quality": None}
    assert made["provenance"] == own
    moved = made | {"shape": box_shape(3), "provenance": claimed}
    assert api.edit(moved, "move")["annotations"][0]["provenance"] == own


def test_an_image_that_is_back_is_answered_and_no_longer_a_problem(api: Api, folder: Path) -> None:
    photo = folder / "images" / "b.png"
    content = photo.read_bytes()
    photo.unlink()
    assert api.respond("o", RED_BOX, image=2)["image"]["problem"]
    api.refused("images/2/retry", {"annotation_id": "o"}, 503)
    photo.write_bytes(content)
    answered = api.ok("images/2/retry", {"annotation_id": "o"})
    assert pixels(answered["annotations"][0]["shape"]).area > 0
    assert answered["image"]["problem"] is None


def test_an_image_exchanged_for_another_size_meanwhile_is_not_answered(api: Api, folder: Path) -> None:
    Image.new("RGB", (10, 10)).save(folder / "images" / "b.png")
    assert "it was 64x48 and is now 10x10" in api.respond("o", RED_BOX, image=2)["error"]


def test_the_log_alone_gives_the_annotations(api: Api, project: Project) -> None:
    made = api.respond("o", RED_BOX)["annotations"][0]
    api.respond("o", click(40, 30))
    api.undo()
    api.edit(made | {"state": "accepted"}, "accept")
    api.edit(annotation("p", box_shape(), image=2))
    api.edit(annotation("p", box_shape(), image=2, state="deleted"), "delete")
    with project.reading() as log:
        assert replay_log(log.events()) == log.annotations(deleted=True)
        assert [event.request.payload["id"] for event in log.events()] == [event.request.id for event in log.events()]


BAD: list[tuple[str, Json, int, str]] = [
    ("images/1/respond", {}, 422, "body.annotation_id: Field required (and 2 more)"),
    ("images/1/respond", {"prompts": []}, 422, "at least 1 item"),
    ("images/1/respond", {"prompts": [{"type": "wish"}]}, 422, "body.prompts.0"),
    ("images/1/respond", {"prompts": [{"type": "click", "x": 1, "y": 2}]}, 422, "body.prompts.0.click.adds"),
    ("images/1/respond", {"prompts": [click(1e9, 2)]}, 422, "less than or equal to 1000000"),
    ("images/1/respond", {"prompts": [click(100, 2)]}, 422, "outside the image of 64x48"),
    ("images/1/respond", {"prompts": [{"type": "box", "xyxy": [9, 9, 3, 20]}]}, 422, "x0 < x1"),
    ("images/1/respond", {"prompts": [RED_BOX], "class_id": 77}, 404, "no class 77"),
    ("images/9/respond", {"prompts": [RED_BOX]}, 404, "no image 9"),
    ("images/x/respond", {"prompts": [RED_BOX]}, 422, "path.image_id"),
    ("images/1/respond", {"prompts": [RED_BOX], "method": "magic"}, 422, "body.method"),
    ("images/1/respond", {"prompts": [RED_BOX], "seconds": -1}, 422, "body.seconds"),
    ("images/1/respond", {"prompts": [RED_BOX], "id": ""}, 422, "body.id"),
    ("images/1/respond", {"prompts": [RED_BOX], "id": "x" * 65}, 422, "body.id"),
    ("images/1/respond", {"prompts": [RED_BOX], "more": 1}, 422, "body.more: Extra inputs"),
    (
        "images/1/edits",
        {"annotations": [annotation("p", box_shape(), image=2)]},
        422,
        "of image 2, the request of image 1",
    ),
    ("images/9/edits", {"annotations": [annotation("p", box_shape(), image=9)]}, 404, "no image 9"),
    ("images/1/edits", {"annotations": [annotation("p", box_shape(), class_id=5)]}, 404, "no class 5"),
    ("images/1/edits", {"annotations": [annotation("p", box_shape(), class_id=5, state="deleted")]}, 404, "no class 5"),
    ("undo", {"of": ""}, 422, "body.of"),
    ("images/1/edits", {"annotations": []}, 422, "body.annotations: List should have at least 1 item"),
    ("images/1/edits", {"annotations": [annotation("p", None)]}, 422, "without a shape"),
    ("images/1/edits", {"annotations": [annotation("p", box_shape(500))]}, 422, "outside the image"),
    ("images/1/edits", {"annotations": [annotation("p", {"type": "circle"})]}, 422, "body.annotations.0.shape"),
    ("images/1/edits", {"annotations": [annotation("p", box_shape())], "kind": "explode"}, 422, "body.kind"),
    (
        "images/1/edits",
        {"annotations": [annotation("o", box_shape(), image=1)], "kind": "delete"},
        422,
        "to delete means",
    ),
    ("images/1/retry", {"annotation_id": "nobody"}, 404, "no annotation 'nobody'"),
    ("undo", {"more": 1}, 422, "body.more"),
]


@pytest.mark.parametrize(("path", "changes", "status", "says"), BAD)
def test_a_bad_request_is_said_in_one_line_and_changes_nothing(
    api: Api, project: Project, path: str, changes: Json, status: int, says: str
) -> None:
    whole: dict[str, Any] = {"annotation_id": "o", "class_id": 1} if changes and path.endswith("respond") else {}
    if path.endswith("edits"):
        whole = {"kind": "box"}
    assert says in api.refused(path, whole | changes, status)
    with project.reading() as log:
        assert log.events() == []


def test_prompts_that_the_assist_refuses_are_not_stored(project: Project) -> None:
    assist = FailingAssist(["refuse"])
    with TestClient(create_app(project, {"segment": assist}, Settings()), base_url="http://127.0.0.1:80") as client:
        message = Api(client).refused(
            "images/1/respond", {"annotation_id": "o", "class_id": 1, "prompts": [RED_BOX]}, 422
        )
        assert message == "a removal cannot come first"
        with project.reading() as log:
            assert log.events() == []


def test_only_prompts_that_wait_are_retried(api: Api) -> None:
    api.edit(annotation("p", box_shape()))
    assert "no prompts that wait" in api.refused("images/1/retry", {"annotation_id": "p"}, 409)
