"""Points: a model moves them and suggests new ones; a person accepts, deletes and undoes suggestions."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from fastapi.testclient import TestClient

from fewclicks.cli import run
from fewclicks.model import AnyModel
from fewclicks.server.app import create_app
from fewclicks.server.settings import Settings
from fewclicks.store.checking import check_project
from fewclicks.store.project import Project
from halfway import halfway_installed

from .api import Api, Json, annotation, words
from .blob_model import BlobModel

CAT, DOG = 1, 2
CENTRE = (32, 24)


@pytest.fixture
def client(project: Project) -> Iterator[TestClient]:
    """The installed `halfway`, and a model of boxes."""
    with halfway_installed():
        from fewclicks_halfway import HalfwayModel

        models = {"halfway": cast(AnyModel, HalfwayModel()), "detect": cast(AnyModel, BlobModel())}
        app = create_app(project, models, Settings(encode_ahead=False))
        with TestClient(app, base_url="http://127.0.0.1:8000", raise_server_exceptions=False) as opened:
            yield opened


def point(x: float, y: float) -> Json:
    return {"type": "point", "x": x, "y": y}


def add(api: Api, name: str, x: float, y: float, image: int = 1, **values: Any) -> Json:
    return dict(api.edit(annotation(name, point(x, y), image, **values), "point")["annotations"][0])


def ask(api: Api, image: int = 1, **values: Any) -> Json:
    return api.ok(f"images/{image}/respond", {"method": "halfway"} | values)


def suggested(answer: Json) -> Json:
    """The only suggestions of a model of points."""
    (found,) = (answer.get("proposals") or answer)["points"]
    return dict(found)


def present(api: Api, image: int = 1) -> Json:
    return suggested(api.get(f"images/{image}"))


def take(api: Api, kind: str = "accept", image: int = 1, **values: Any) -> Json:
    return api.ok(f"images/{image}/take-points", {"kind": kind, "method": "halfway"} | values)


def places(api: Api, image: int = 1) -> dict[str, tuple[float, float]]:
    return {each["id"]: (each["shape"]["x"], each["shape"]["y"]) for each in api.annotations(image)}


def test_the_model_answers_with_moves_and_points(api: Api) -> None:
    add(api, "a", 12, 10.5)
    add(api, "b", 50, 40, class_id=DOG)
    answer = ask(api)
    assert (answer["kind"], answer["error"], answer["annotations"]) == ("halfway points", None, [])
    found = suggested(answer)
    assert found["moves"] == [
        {"annotation_id": "a", "from_xy": [12, 10.5], "to_xy": [22, 17.25], "score": 0.75},
        {"annotation_id": "b", "from_xy": [50, 40], "to_xy": [41, 32], "score": 0.75},
    ]
    assert found["points"] == [
        {"x": 52, "y": 37.5, "class_id": CAT, "score": 0.75},
        {"x": 14, "y": 8, "class_id": DOG, "score": 0.75},
    ]
    assert (found["method"], found["weights"], found["whole"]) == ("halfway", "halfway-1", True)
    assert present(api) == found, "it is stored"
    assert places(api) == {"a": (12, 10.5), "b": (50, 40)}, "no annotation has changed"


def test_only_accepted_points_of_the_image_are_prompts(api: Api) -> None:
    add(api, "a", 12, 10)
    add(api, "proposed", 20, 20, state="proposed")
    add(api, "deleted", 25, 20)
    api.edit(annotation("deleted", point(25, 20), state="deleted"), "delete")
    api.edit(annotation("box", {"type": "box", "xyxy": [1, 1, 9, 9]}))
    assert [move["annotation_id"] for move in suggested(ask(api))["moves"]] == ["a"]


def test_an_image_without_points_has_an_answer_without_suggestions(api: Api) -> None:
    found = suggested(ask(api))
    assert (found["moves"], found["points"]) == ([], [])


def test_points_of_other_images_are_examples(api: Api) -> None:
    add(api, "a", 16, 12)
    assert suggested(ask(api, 2))["points"] == [], "an example of a class is not enough"
    add(api, "b", 8, 6)
    found = suggested(ask(api, 2))
    assert {(each["x"], each["y"]) for each in found["points"]} == {(48, 36), (56, 42)}
    assert suggested(ask(api, 2, examples=False))["points"] == []


def test_a_hundred_points_of_an_image_give_twenty_examples(api: Api) -> None:
    rows = [annotation(f"a{n}", point(1 + 5 * (n % 10), 1 + 4 * (n // 10))) for n in range(100)]
    api.edits("point", *rows)
    assert len(suggested(ask(api, 2))["points"]) == 20


@pytest.mark.parametrize(("offset", "expected"), [(0.9, 0), (1.1, 1)])
def test_points_within_a_pixel_of_an_annotated_point_are_not_suggested(api: Api, offset: float, expected: int) -> None:
    add(api, "a", 22, 14)
    add(api, "b", 42 + offset, 34, class_id=DOG)  # its own reflection lies near "a"
    assert len(suggested(ask(api))["points"]) == 2 * expected


def test_accepted_moves_change_the_points_and_are_undone_together(api: Api, project: Project) -> None:
    add(api, "a", 12, 10)
    add(api, "b", 50, 40)
    found = suggested(ask(api))
    answer = take(api, moves=found["moves"])
    assert words(answer) == ("accept", None)
    assert places(api) == {"a": (22, 17), "b": (41, 32)}
    moved = answer["annotations"][0]
    assert (moved["state"], moved["provenance"]["method"]) == ("accepted", "halfway")
    assert (moved["provenance"]["weights"], moved["provenance"]["predicted_quality"]) == ("halfway-1", 0.75)
    assert suggested(answer)["moves"] == []
    assert suggested(answer)["points"] == found["points"]
    undone = api.undo()
    assert places(api) == {"a": (12, 10), "b": (50, 40)}
    assert suggested(undone) == found
    assert suggested(api.redo())["moves"] == []
    assert places(api) == {"a": (22, 17), "b": (41, 32)}
    assert check_project(project.folder) == []


def test_one_move_is_accepted_and_another_deleted(api: Api) -> None:
    add(api, "a", 12, 10)
    add(api, "b", 50, 40)
    first, second = suggested(ask(api))["moves"]
    assert suggested(take(api, moves=[first]))["moves"] == [second]
    assert suggested(take(api, "delete", moves=[second]))["moves"] == []
    assert places(api) == {"a": (22, 17), "b": (50, 40)}
    assert suggested(api.undo())["moves"] == [second]


def test_moves_of_points_that_were_moved_or_deleted_are_dropped(api: Api) -> None:
    for name, x in (("moved", 12), ("deleted", 40), ("there", 50)):
        add(api, name, x, 10)
    moves = suggested(ask(api))["moves"]
    api.edit(annotation("moved", point(13, 10)), "move")
    api.edit(annotation("deleted", point(40, 10), state="deleted"), "delete")
    assert [move["annotation_id"] for move in present(api)["moves"]] == ["there"]
    answer = take(api, moves=moves)
    assert [each["id"] for each in answer["annotations"]] == ["there"]
    assert places(api) == {"moved": (13, 10), "there": (41, 17)}
    for _ in range(3):
        api.undo()
    assert present(api)["moves"] == moves, "where the point is back, the move is, too"


def test_suggested_points_become_annotations(api: Api) -> None:
    add(api, "a", 12, 10)
    add(api, "b", 50, 40, class_id=DOG)
    first, second = suggested(ask(api))["points"]
    answer = take(api, id="t", points=[second])
    (made,) = answer["annotations"]
    assert (made["id"], made["class_id"], made["state"]) == ("t-0", DOG, "accepted")
    assert made["shape"] == point(14, 8)
    assert made["provenance"]["predicted_quality"] == second["score"]
    assert suggested(answer)["points"] == [first]
    assert suggested(api.undo())["points"] == [first, second]
    assert set(places(api)) == {"a", "b"}


def test_a_deleted_point_is_not_suggested_again_until_that_is_undone(api: Api) -> None:
    add(api, "a", 12, 10)
    (only,) = suggested(ask(api))["points"]
    assert suggested(take(api, "delete", points=[only]))["points"] == []
    assert set(places(api)) == {"a"}
    assert suggested(ask(api))["points"] == []
    api.undo()
    api.undo()
    assert suggested(ask(api))["points"] == [only]


def test_a_point_that_another_page_has_accepted_is_skipped(api: Api) -> None:
    add(api, "a", 12, 10)
    (only,) = suggested(ask(api))["points"]
    take(api.by("other"), points=[only])
    answer = take(api, points=[only])
    assert answer["annotations"] == []
    assert len(places(api)) == 2


def test_undo_leaves_what_another_author_has_asked_since(api: Api) -> None:
    ada, bob = api.by("ada"), api.by("bob")
    add(bob, "a", 12, 10)
    ask(ada)
    later = suggested(ask(bob))
    undone = ada.undo()
    assert (undone["kind"], undone["kept"], undone["proposals"]) == ("halfway points", 1, None)
    assert present(api) == later
    assert bob.undo()["proposals"]["points"] != []


def test_suggested_boxes_and_points_do_not_disturb_each_other(api: Api) -> None:
    add(api, "a", 12, 10)
    boxes = api.ok("images/1/respond", {"prompts": [{"type": "class_click", "x": 10, "y": 10, "class_id": CAT}]})
    points = ask(api)["proposals"]
    assert points["boxes"] == boxes["proposals"]["boxes"] != []
    undone = api.ok("images/1/respond", {"method": "detect", "removed": [{**points["clicks"][0]}]})["proposals"]
    assert (undone["boxes"], undone["points"]) == ([], points["points"])
    for _ in range(3):
        undone = api.undo()["proposals"]
    assert (undone["boxes"], undone["points"]) == ([], [])


def test_a_failing_model_changes_nothing(api: Api, client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    add(api, "a", 12, 10)
    found = suggested(ask(api))
    monkeypatch.setattr("fewclicks_halfway._answer", lambda *_: 1 / 0)
    answer = ask(api)
    assert answer["error"] == "the model failed: division by zero"
    assert present(api) == found


def test_a_wide_image_is_answered_in_parts(tmp_path: Path) -> None:
    """Part by part, as many as there are bands; one undo takes all of them back."""
    import numpy as np
    from PIL import Image

    from fewclicks.store.project import create_project

    images = tmp_path / "wide" / "images"
    images.mkdir(parents=True)
    Image.fromarray(np.zeros((20, 1000, 3), np.uint8)).save(images / "a.png")
    create_project(tmp_path / "wide", images, ["cat", "dog"])
    with halfway_installed():
        from fewclicks_halfway import HalfwayModel

        app = create_app(Project(tmp_path / "wide"), {"halfway": cast(AnyModel, HalfwayModel())})
        with TestClient(app, base_url="http://127.0.0.1:8000") as client:
            api = Api(client)
            for number, x in enumerate((100, 950)):
                add(api, f"a{number}", x, 10)
            first = suggested(ask(api))
            assert (first["whole"], [move["annotation_id"] for move in first["moves"]]) == (False, ["a0"])
            shares = []
            while not shares or shares[-1] < 1:
                step = api.ok("images/1/advance", {"method": "halfway"})
                shares.append(round(step["progress"], 3))
            assert shares == [0.667, 1]
            whole = present(api)
            assert (whole["whole"], len(whole["moves"]), len(whole["points"])) == (True, 2, 2)
            assert whole["version"] == first["version"]
            assert api.undo()["proposals"]["points"] == []


def test_requests_that_make_no_sense_are_refused(api: Api) -> None:
    add(api, "a", 12, 10)
    move = suggested(ask(api))["moves"][0]
    path, body = "images/1/take-points", {"kind": "accept", "method": "halfway"}
    assert "names no points and no moves" in api.refused(path, body, 422)
    assert "moves an annotation twice" in api.refused(path, body | {"moves": [move, move]}, 422)
    outside = {"x": 500, "y": 5, "class_id": CAT, "score": 0.5}
    assert "outside the image" in api.refused(path, body | {"points": [outside]}, 422)
    assert "no class 77" in api.refused(path, body | {"points": [outside | {"x": 5, "class_id": 77}]}, 404)
    click = {"type": "click", "x": 5, "y": 5, "adds": True}
    refused = api.refused("images/1/respond", {"method": "halfway", "prompts": [click]}, 422)
    assert "the model 'halfway' accepts points, not clicks" in refused
    assert "no unanswered prompts" in api.refused("images/1/retry", {"annotation_id": "a"}, 409)
    assert places(api) == {"a": (12, 10)}


def test_the_moves_of_all_images_are_accepted_as_one_event_and_undone_as_a_whole(api: Api, project: Project) -> None:
    for image in (1, 2):
        add(api, f"a{image}", 12, 10, image)
        add(api, f"b{image}", 50, 40, image)
        ask(api, image)
    api.edit(annotation("b2", point(20, 20), 2), "move")
    body = {"id": "all"}
    done = api.ok("moves/accept", body)
    assert (done["images"], done["moved"], done["outdated"]) == (2, 3, 1)
    assert api.ok("moves/accept", body) == done, "once"
    assert places(api, 2) == {"a2": (22, 17), "b2": (20, 20)}
    assert [present(api, image)["moves"] for image in (1, 2)] == [[], []]
    assert len(present(api, 2)["points"]) == 2
    api.edit(annotation("a1", point(5, 5)), "move")
    (batch,) = api.get("batches")
    assert (batch["event"], batch["kind"], batch["images"], batch["undone"]) == (
        done["event"],
        "accept moves",
        2,
        False,
    )
    undone = api.ok(f"batches/{done['event']}/undo", {"id": "back"})
    assert undone == {"event": done["event"], "kind": "accept moves", "restored": 2, "images": 2, "kept": 1}
    assert api.ok(f"batches/{done['event']}/undo", {"id": "back"}) == undone
    assert places(api, 1) == {"a1": (5, 5), "b1": (50, 40)}
    assert [move["annotation_id"] for move in present(api, 1)["moves"]] == ["b1"]
    assert api.get("batches")[0]["undone"]
    assert "is not a batch; choose an event" in api.refused("batches/1/undo", {}, 404)
    assert check_project(project.folder) == []


def test_a_command_undoes_the_moves_of_all_images_too(
    api: Api, project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    for image in (1, 2):
        add(api, f"a{image}", 12, 10, image)
        ask(api, image)
    done = api.ok("moves/accept", {})
    api.edit(annotation("a1", point(5, 5)), "move")
    project.close()
    assert run(["undo-import", str(project.folder), str(done["event"])]) == 0
    told = capsys.readouterr()
    where = "1 annotation, suggestions in 2 images"
    assert told.out == f"undone: accept moves, event {done['event']} ({where})\n"
    assert told.err == "fewclicks: not undone: 1 thing changed since\n"
    with Project(project.folder) as again, again.reading() as log:
        assert [each.shape for each in log.annotations()] == [point(5, 5), point(12, 10)]


def test_undo_words_of_an_image_do_not_name_batches(api: Api) -> None:
    add(api, "a", 12, 10)
    ask(api)
    api.ok("moves/accept", {})
    assert words(api.get("images/1")) == ("halfway points", None)


def test_counts_by_class_and_image(api: Api) -> None:
    add(api, "a", 12, 10)
    add(api, "b", 50, 40, class_id=DOG)
    api.edit(annotation("box", {"type": "box", "xyxy": [1, 1, 9, 9]}))
    add(api, "p", 20, 20, 2, state="proposed")
    ask(api)
    counts = api.get("counts")
    none = {"points": 0, "annotations": 0, "suggested_points": 0, "suggestions": 0}
    one = {"points": 1, "annotations": 1, "suggested_points": 1, "suggestions": 1}
    assert [each["file_name"] for each in counts["images"]] == ["a.png", "b.png", "c.png"]
    assert [each["classes"] for each in counts["images"]] == [
        [{"class_id": CAT} | one | {"annotations": 2}, {"class_id": DOG} | one],
        [{"class_id": CAT} | none | {"suggestions": 1}],
        [],
    ]
    assert counts["total"] == [
        {"class_id": CAT} | one | {"annotations": 2, "suggestions": 2},
        {"class_id": DOG} | one,
    ]
    got = api.client.get("/api/counts.csv")
    assert got.headers["content-type"].startswith("text/csv")
    assert got.text.splitlines()[:4] == [
        "image,class,points,annotations,suggested_points,suggestions",
        "a.png,cat,1,2,1,1",
        "a.png,dog,1,1,1,1",
        "b.png,cat,0,0,0,1",
    ]
    assert len(got.text.splitlines()) == 1 + 3 * 2


def test_suggested_boxes_count_as_suggestions(api: Api) -> None:
    clicks = [{"type": "class_click", "x": 10, "y": 10, "class_id": CAT}]
    boxes = api.ok("images/1/respond", {"prompts": clicks})["proposals"]["boxes"]
    (only,) = api.get("counts")["images"][0]["classes"]
    assert (only["suggested_points"], only["suggestions"]) == (0, len(boxes))


def test_an_export_plan_names_suggestions_that_stay_out(api: Api) -> None:
    add(api, "a", 12, 10)
    ask(api)
    left_out = api.get("export/plans")[0]["left_out"]
    assert "suggested points in 1 image (not accepted)" in left_out
    assert "suggested moves of points in 1 image (not accepted)" in left_out
