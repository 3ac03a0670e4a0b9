"""Learning rounds: a real tiny training, its questions, what it leaves alone, its undo, kills, and bad input."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from uuid import uuid4

import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs fewclicks[train]")

from fastapi.testclient import TestClient

from fewclicks.application import round_end
from fewclicks.application.asked import ANSWERS_FOLDER
from fewclicks.application.lessons import read_lessons
from fewclicks.application.workspace import Workspace
from fewclicks.ask.assist import NEUTRAL
from fewclicks.errors import InputError
from fewclicks.geometry.masks import Mask
from fewclicks.geometry.oriented import pairwise_iou
from fewclicks.server.app import create_app
from fewclicks.server.settings import Settings
from fewclicks.store.checking import check_project
from fewclicks.store.events import AnnotationChange, Change, Outcome, Request
from fewclicks.store.jobs import JobRow
from fewclicks.store.project import Project
from fewclicks.store.records import ImageStatus
from fewclicks.store.shapes import shape_to_json
from fewclicks.store.snapshots import Snapshot
from jobs.coins import make_coins, suggest_squares

from .api import Api, Json, annotation
from .test_work import answer, ask, progress

RED, BLUE = 1, 2
TINY = {"every": 0, "strategy": "threshold", "steps": 40}


FAKE_RESULT = {
    "role": "detect",
    "weights": "detect-x",
    "event": 1,
    "images": 0,
    "moves": 0,
    "suggestions": 0,
    "skipped": [],
    "strategy": "threshold",
    "training_images": 1,
    "objects": 1,
    "boxes": 1,
    "answers": 1,
    "questions": 0,
    "classes": ["red"],
    "unlabelled": [],
    "measured": None,
}


def set_all(project: Project, status: str) -> None:
    with project.changing() as log:
        for row in log.summaries():
            change = Change(log.status(row.id), ImageStatus(status))
            log.append(Request(uuid4().hex, "status", status, {}, row.id), Outcome(status=change))


def suggestions_of(api: Api, image: int) -> Json:
    return dict(api.get(f"images/{image}")["proposals"])


def wait(api: Api, job: Json) -> Json:
    """Wait for the end of a job, while a page keeps its questions."""
    for number in range(6000):
        job = api.get(f"jobs/{job['id']}")
        if number % 50 == 0:
            ask(api)
        if job["state"] not in ("waiting", "running"):
            return job
        time.sleep(0.1)
    raise AssertionError(f"the job has not ended: {job}")


def round_of(api: Api) -> Json:
    """Do a round, to its end."""
    done = wait(api, api.ok("rounds", {}))
    assert (done["state"], done["message"]) == ("done", "")
    return done


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Twelve images, the first three of them done, and suggestions in two others."""
    folder = make_coins(tmp_path / "project", 12, 3)
    with Project(folder) as project:
        suggest_squares(project, 4, (4, 10, RED), (36, 40, BLUE), (68, 70, RED))
        suggest_squares(project, 5, (4, 60, RED))
    return folder


@pytest.fixture
def project(folder: Path) -> Project:
    return Project(folder)


@pytest.fixture
def client(project: Project) -> Iterator[TestClient]:
    app = create_app(project, None, Settings(encode_ahead=False))
    with TestClient(app, base_url="http://127.0.0.1:8000", raise_server_exceptions=False) as opened:
        yield opened


@pytest.fixture
def api(client: TestClient) -> Api:
    api = Api(client, "anna")
    set_settings(api)
    return api


def set_settings(api: Api, **values: object) -> Json:
    answer = api.client.put("/api/rounds/settings", json=TINY | values)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def version_of(question: Json) -> str:
    return str(question["weights"]).rpartition("-")[0]


def test_a_round_asks_with_the_new_version_and_leaves_alone_what_people_did(
    api: Api, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(round_end, "AREAS", 0.0)  # they would change the order of the strategy
    accepted = api.get("images/1")["annotations"]
    first, second, held, *_ = ask(api)
    rejected = answer(api, first, "delete")["annotations"][0]
    kept = answer(api, second)["annotations"][0]
    done = round_of(api)["result"]
    assert (done["version"], done["images"], done["boxes"], done["answers"]) == ("detect-1", 9, 1, 2)
    judged_images = {rejected["image_id"], kept["image_id"]}
    assert (done["training_images"], done["objects"], done["classes"]) == (3 + len(judged_images), 10, ["red", "blue"])
    assert done["measured"] is None  # three finished images are too few
    assert api.get("images/1")["annotations"] == accepted
    assert [suggestions_of(api, done_image)["boxes"] for done_image in (1, 2, 3)] == [[], [], []]
    assert kept["id"] in [each["id"] for each in api.get(f"images/{kept['image_id']}")["annotations"]]
    for judged in (rejected, kept):  # neither is suggested again
        x0, y0, x1, y1 = judged["shape"]["xyxy"]
        boxes = np.array(suggestions_of(api, judged["image_id"])["boxes"]).reshape(-1, 5)
        place = np.array([[(x0 + x1) / 2, (y0 + y1) / 2, x1 - x0, y1 - y0, 0]])
        assert pairwise_iou(boxes, place).max(initial=0) <= 0.5
    assert api.get("models/detect")["chosen"] is None  # what answers clicks stays as it was
    searched = {lesson.searched for lesson in read_lessons(project, "detect").lessons if not lesson.is_full}
    assert searched == {frozenset({RED, BLUE})}

    fresh = ask(api, count=20)
    assert {(version_of(each), each["strategy"]) for each in fresh} == {("detect-1", "threshold")}
    assert [each["class_id"] for each in fresh[:4]] in ([RED, BLUE] * 2, [BLUE, RED] * 2)  # the classes take turns
    by_class = [[abs(each["confidence"] - 0.4) for each in fresh if each["class_id"] == known] for known in (RED, BLUE)]
    assert all(distances == sorted(distances) for distances in by_class)
    late = answer(api, held)["annotations"][0]  # it was on the screen
    assert (late["state"], late["provenance"]["weights"]) == ("accepted", "detect-0")
    assert "somebody else has answered" in api.refused(
        "questions/answers", {"item_id": held["id"], "answer": "accept"}, 409
    )

    found = api.get("rounds")
    assert [(each["version"], each["boxes"], each["answers"], each["map50"]) for each in found["points"]] == [
        ("detect-1", 1, 2, None)
    ]
    assert (found["since"], found["missing"], found["gain"]) == (1, "", None)
    answer(api, ask(api)[0], "delete")
    assert api.get("rounds")["points"][0]["confirmed"] == {"confirmed": 0, "judged": 1}
    assert [(each["class_id"], each["learnt"]) for each in api.get("rounds")["classes"]] == [(RED, True), (BLUE, True)]

    undone = api.ok(f"batches/{done['event']}/undo", {})
    assert (undone["kind"], undone["images"]) == ("round", 9)
    assert suggestions_of(api, 7)["boxes"] == []
    assert {each["weights"] for each in ask(api, "another page", 100)} <= {"detect-0"}
    assert check_project(project.folder) == []


def test_a_round_tightens_boxes_of_classes_that_the_mask_model_knows(tmp_path: Path) -> None:
    """Ten labelled red squares are enough to know this, five blue ones are not."""
    app = create_app(Project(make_coins(tmp_path / "project", 6, 5)), None, Settings(encode_ahead=False))
    with TestClient(app, base_url="http://127.0.0.1:8000", raise_server_exceptions=False) as client:
        api = Api(client, "anna")
        set_settings(api)
        assert round_of(api)["result"]["tightened"] == ["red"]


def test_a_killed_round_goes_on_and_loses_and_doubles_nothing(api: Api, project: Project, client: TestClient) -> None:
    workspace: Workspace = client.app.state.workspace  # type: ignore[attr-defined]
    first, second, *_ = ask(api)
    answer(api, first)
    job = api.ok("rounds", {})
    job_folder = workspace.jobs.folder(job["id"])
    assert kill_once(api, workspace, job, lambda: api.get(f"jobs/{job['id']}")["progress"] >= 0.1)[
        "message"
    ].startswith("the job was ended by SIGKILL")
    given = answer(api, second)["annotations"][0]
    (project.image_folder / "11.png").unlink()  # a person deletes an image meanwhile
    resumed = api.ok(f"jobs/{job['id']}/resume", {})
    assert kill_once(api, workspace, resumed, lambda: any((job_folder / ANSWERS_FOLDER).glob("*.json")))["resumable"]
    assert len(list((project.folder / "models").glob("detect-*.encoder.onnx"))) == 1
    done = wait(api, api.ok(f"jobs/{job['id']}/resume", {}))
    assert (done["state"], done["message"], done["result"]["version"]) == ("done", "", "detect-1")
    assert [(each["images"], each["first"]) for each in done["result"]["skipped"]] == [(1, "11.png")]
    assert given["id"] in [each["id"] for each in api.get(f"images/{given['image_id']}")["annotations"]]
    assert progress(api)["answered"] == 2
    with project.reading() as log:
        assert len([event for event in log.events("ask") if event.request.kind == "round"]) == 1
        places = [(image, *box) for image in range(1, 13) for box in log.proposals(image).boxes]
    assert len(places) == len(set(places))
    assert [problem.partition(" from ")[0] for problem in check_project(project.folder)] == [
        "image '11.png' is missing"
    ]


def kill_once(api: Api, workspace: Workspace, job: Json, has_come: Callable[[], bool]) -> Json:
    """Kill the job's process as soon as it has come so far, and return the job as it is then."""
    for _ in range(60_000):
        process = workspace.jobs._process
        if process is not None and has_come():
            os.kill(process.pid, signal.SIGKILL)
            return wait(api, job)
        time.sleep(0.005)
    raise AssertionError(f"the job has not come so far: {api.get('jobs/' + str(job['id']))}")


def test_old_versions_of_rounds_are_deleted_but_for_those_in_use(
    api: Api, project: Project, client: TestClient
) -> None:
    ended = datetime(2026, 1, 1)
    models = project.folder / "models"
    models.mkdir()
    with project.changing() as log:
        for number in (1, 2, 4, 5, 6):  # somebody has trained the third one
            row = JobRow("round detect", ended, state="done", result={**FAKE_RESULT, "version": f"detect-{number}"})
            log.jobs.add(row)
        log.jobs.add(JobRow("train detect", ended, state="done", result={"version": "detect-3"}))
        log.chosen_models.put("detect", "detect-2")
    for number in range(1, 7):
        for suffix in (".onnx", ".encoder.onnx", ".json"):
            (models / f"detect-{number}{suffix}").write_bytes(b"")
    answer(api, ask(api)[0])
    before = suggestions_of(api, 5)
    done = round_of(api)["result"]
    assert done["version"] == "detect-7"
    left = {path.name.split(".")[0] for path in models.iterdir()}
    assert left == {f"detect-{number}" for number in (2, 3, 5, 6, 7)}, "the chosen, the trained, and three of rounds"
    assert next(point["version"] for point in api.get("rounds")["points"]) == "detect-1", "names stay"
    api.ok(f"batches/{done['event']}/undo", {})
    assert suggestions_of(api, 5) == before
    assert check_project(project.folder) == []


def test_a_round_starts_by_itself_when_enough_answers_are_in(api: Api) -> None:
    set_settings(api, every=2)
    first, second, third, skipped = ask(api)
    answer(api, first)
    answer(api, skipped, "skip")
    assert api.get("rounds")["job"] is None
    assert api.get("rounds")["since"] == 1
    answer(api, second)
    job = api.get("rounds")["job"]
    assert job["state"] in ("waiting", "running")
    assert api.get("rounds")["since"] == 0
    assert api.client.post(f"/api/jobs/{job['id']}/cancel", json={}).json()["state"] == "cancelled"
    answer(api, third)  # one answer is not enough for the next round
    assert api.get("rounds")["job"]["state"] == "cancelled"


def test_a_round_that_the_end_of_the_server_has_interrupted_goes_on_after_the_next_answers(folder: Path) -> None:
    jobs = []
    for _ in range(2):
        app = create_app(Project(folder), None, Settings(encode_ahead=False))
        with TestClient(app, base_url="http://127.0.0.1:8000", raise_server_exceptions=False) as client:
            api = Api(client, "anna")
            set_settings(api, every=1)
            answer(api, ask(api)[0])
            jobs.append(api.get("rounds")["job"])
    assert [job["id"] for job in jobs] == [1, 1]
    assert {job["state"] for job in jobs} <= {"waiting", "running"}


def test_rounds_that_are_off_do_not_start(api: Api) -> None:
    for question in ask(api):
        answer(api, question)
    assert api.get("rounds")["job"] is None


def test_what_keeps_a_round_from_starting_is_told_in_a_line(api: Api, project: Project) -> None:
    set_all(project, "done")
    assert "every image is set to done, so there is nothing to ask about" in api.refused("rounds", {}, 422)
    assert api.get("rounds")["missing"].startswith("every image is set to done")


def test_answers_that_are_all_no_objects_are_told_in_a_line(api: Api, project: Project) -> None:
    with project.changing() as log:
        log.drop_annotations([row.id for row in log.annotations()])
    assert api.refused("rounds", {}, 422).startswith("no object is labelled yet, so there is no box to train on")
    for question in ask(api):
        answer(api, question, "delete")
    told = api.refused("rounds", {}, 422)
    said = "none of the 4 answers accepted or added an object"
    assert told == f"{said}, so there is no box to train on; accept or draw some objects"
    with pytest.raises(InputError, match="all 4 judged suggestions are 'not an object'"):
        read_lessons(project, "detect")


def test_settings_are_kept_and_checked(api: Api) -> None:
    assert set_settings(api, every=7, strategy="uncertainty")["settings"] == {
        "every": 7,
        "strategy": "uncertainty",
        "steps": 40,
    }
    sent = api.client.put("/api/rounds/settings", json=TINY | {"strategy": "guess"})
    assert (sent.status_code, "no strategy 'guess'; use one of" in sent.text) == (404, True)
    assert api.client.put("/api/rounds/settings", json=TINY | {"every": -1}).status_code == 422
    assert api.get("rounds")["settings"]["every"] == 7


def filled(x0: int, y0: int, x1: int, y1: int) -> Json:
    """A mask of all pixels of a box in an image of 96 x 96 pixels."""
    pixels = np.zeros((96, 96), bool)
    pixels[y0:y1, x0:x1] = True
    return shape_to_json(Mask.from_full(pixels))


def test_lessons_are_full_for_finished_images_and_partial_for_others(api: Api, project: Project) -> None:
    suggest_squares(project, 4, (4, 10, RED), (36, 40, BLUE), (68, 70, RED), score=0.45)
    rejected, accepted, *_ = (each for each in ask(api) if each["image_id"] == 4)
    answer(api, rejected, "delete")
    answer(api, accepted)
    for name, place in (("waits", (4, 70, 20, 90)), ("over the rejected box", rejected["shape"]["xyxy"])):
        api.edit(annotation(name, filled(*map(round, place)), image=4, state="proposed"))
    known = read_lessons(project, "detect")
    assert [lesson.is_full for lesson in known.lessons] == [True, True, True, False]
    assert [len(lesson.boxes) for lesson in known.lessons] == [3, 3, 3, 1]
    partial = known.lessons[3]
    assert (partial.noisy.tolist(), len(partial.background)) == ([False], 1)
    assert len(partial.ignored) == 2, "a mask that nobody has judged, and a suggestion"
    assert partial.ignored[0].tolist() == [12, 80, 16, 20, 0]
    assert partial.searched == frozenset(), "what suggested the squares named no classes"
    assert known.lessons[0].known.tolist() == [[0, 0, 96, 96]]


def test_after_a_round_areas_are_asked_about_and_teach_that_nothing_else_is_there(
    api: Api, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(round_end, "AREAS", 1.0)
    answer(api, ask(api)[0])
    round_of(api)
    asked = ask(api, count=20)
    area = next(each for each in asked if each["kind"] == "area")
    assert (area["strategy"], version_of(area)) == ("areas", "detect-1")
    box, *_ = (each for each in asked[: asked.index(area)] if is_within(each, area))
    for at, each in enumerate(asked):
        if each["kind"] == "area":
            assert not any(is_within(later, each) for later in asked[at:] if (later["confidence"] or 0) >= NEUTRAL)
    low, high = np.split(np.array(area["shape"]["xyxy"]), 2)
    answer(api, box, "delete")
    assert in_area(project, area["image_id"], low, high).any()
    answer(api, area)
    assert not in_area(project, area["image_id"], low, high).any()
    assert check_project(project.folder) == []


def is_within(question: Json, area: Json) -> bool:
    x0, y0, x1, y1 = question["shape"]["xyxy"]
    left, top, right, bottom = area["shape"]["xyxy"]
    return bool(
        question["image_id"] == area["image_id"] and left <= (x0 + x1) / 2 <= right and top <= (y0 + y1) / 2 <= bottom
    )


def in_area(project: Project, image: int, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Which of the suggestions that teach neither object nor background have their centre in an area."""
    known = read_lessons(project, "detect")
    with project.reading() as log:
        name = log.image(image).file_name
    number = next(number for number, each in enumerate(known.images) if each.path.name == name)
    centres = known.lessons[number].ignored[:, :2]
    return np.asarray(((centres > low) & (centres < high)).all(1))


def test_suggestions_that_stand_as_they_were_do_not_teach_where_objects_are(api: Api, project: Project) -> None:
    first, second, *_ = (each for each in ask(api) if each["image_id"] == 4)
    answer(api, first)
    x0, y0, x1, y1 = second["shape"]["xyxy"]
    answer(api, second, shape={"type": "box", "xyxy": [x0 + 1, y0, x1 + 1, y1]})
    *drawn, lesson = read_lessons(project, "detect").lessons
    assert all(each.exact.all() for each in drawn)
    found = {tuple(box[:2]): exact for box, exact in zip(lesson.boxes.tolist(), lesson.exact.tolist(), strict=True)}
    x, y = ((first["shape"]["xyxy"][n] + first["shape"]["xyxy"][n + 2]) / 2 for n in (0, 1))
    assert found[(x, y)] is False
    assert found[((x0 + x1) / 2 + 1, (y0 + y1) / 2)] is True


def test_a_box_whose_place_a_mask_has_taken_is_not_a_rejected_one(api: Api, project: Project) -> None:
    rejected, accepted, *_ = (each for each in ask(api) if each["image_id"] == 4)
    answer(api, rejected, "delete")
    box = answer(api, accepted)["annotations"][0]["id"]
    x, y = accepted["shape"]["xyxy"][:2]
    small = shape_to_json(Mask(np.ones((4, 4), bool), (int(x), int(y)), (96, 96)))
    mask = Snapshot("mask", 4, accepted["class_id"], "proposed", small, replaces=box)
    with project.changing() as log:
        log.append(Request("masks", "ask", "masks", {}), Outcome((AnnotationChange(None, mask),)))
    api.edit(annotation("mask", small, 4, class_id=accepted["class_id"]), "accept")
    assert [each["id"] for each in api.annotations(4)] == ["mask"]
    lesson = read_lessons(project, "detect").lessons[3]
    assert (len(lesson.background), lesson.boxes[0, 2:4].tolist()) == (1, [4, 4])


def test_a_class_without_a_labelled_object_is_not_trained(api: Api, project: Project) -> None:
    added = [
        *api.get("project")["classes"],
        {"id": 3, "name": "green", "color": "#009e73", "policy": "", "overlaps": False},
    ]
    api.classes(*added)
    suggest_squares(project, 6, (4, 10, 3), score=0.9)
    answer(api, next(each for each in ask(api) if each["image_id"] == 5))
    known = read_lessons(project, "detect")
    assert (known.classes, known.unlabelled) == ({1: "red", 2: "blue"}, ("green",))
    answer(api, next(each for each in ask(api) if each["image_id"] == 6))
    assert read_lessons(project, "detect").unlabelled == ()


def test_images_whose_file_is_missing_teach_nothing(api: Api, project: Project) -> None:
    assert len(read_lessons(project, "detect").images) == 3
    (project.image_folder / "0.png").unlink()
    assert len(read_lessons(project, "detect").images) == 2
