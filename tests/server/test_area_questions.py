"""Questions about areas: what is missing in them, what confirms them, and when they are gone."""

import pytest
from fastapi.testclient import TestClient

from fewclicks.store.checking import check_project
from fewclicks.store.project import Project
from fewclicks.store.work import Arranged
from fewclicks.work.items import area_item, items_of
from fewclicks.work.ledger import confirmed_areas

from .api import Api, Json, box_shape
from .test_work import CAT, DOG, answer, ask, suggest


@pytest.fixture
def api(client: TestClient) -> Api:
    return Api(client, "anna")


def ask_about_area(api: Api, project: Project) -> tuple[Json, Json]:
    """A question about a box, and the next one, about the area around it."""
    suggest(project)
    ask(api)
    area = area_item(1, (0.0, 5.0, 25.0, 35.0), CAT, "detect", "d-1")
    with project.changing() as log:
        box = next(items_of(log.proposals(1)))
        log.work.add([area])
        log.work.arrange([Arranged(box.id, "random", "d-1"), Arranged(area.id, "areas", "d-1")])
    first, second, *_ = ask(api)
    return first, second


def test_an_area_is_asked_about_until_nothing_is_missing(api: Api, project: Project) -> None:
    _, area = ask_about_area(api, project)
    assert (area["kind"], area["shape"]) == ("area", {"type": "box", "xyxy": [0, 5, 25, 35]})
    assert (area["class_id"], area["confidence"], area["strategy"]) == (CAT, None, "areas")
    refused = api.refused("questions/answers", {"item_id": area["id"], "answer": "delete"}, 422)
    assert refused.startswith("you cannot reject an area; answer 'accept' if nothing is missing")
    answer(api, area, "missing", shape=box_shape(), class_id=DOG)
    assert api.annotations(1)[0]["class_id"] == DOG
    assert area["id"] in {each["id"] for each in ask(api)}
    assert answer(api, area)["annotations"] == []
    assert area["id"] not in {each["id"] for each in ask(api)}
    looked, drawn = api.get("ledger")["rows"]
    assert [(row["question"], row["answer"], row["model_seconds"]) for row in (looked, drawn)] == [
        ("area", "looked", 4),
        ("area", "missing", 7),
    ]
    assert (looked["suggested_class"], looked["given_class"], drawn["given_class"]) == ("", "", "dog")
    assert api.get("ledger")["total"]["object_answers"] == 1
    undone = api.ok("questions/undo", {})
    assert undone["question"]["id"] == area["id"]
    assert area["id"] in {each["id"] for each in ask(api)}
    assert check_project(project.folder) == []


def test_an_area_stays_when_its_box_is_answered_and_goes_with_a_newer_version(api: Api, project: Project) -> None:
    box, area = ask_about_area(api, project)
    answer(api, box)
    assert area["id"] in {each["id"] for each in ask(api)}
    api.client.post("/api/questions/give-back", json={"holder": "page"})
    suggest(project, weights="d-2")
    assert area["id"] not in {each["id"] for each in ask(api)}


def test_an_area_on_the_screen_takes_objects_after_a_newer_version_has_come(api: Api, project: Project) -> None:
    _, area = ask_about_area(api, project)
    suggest(project, weights="d-2")
    answer(api, area, "missing", shape=box_shape(), class_id=DOG)
    assert area["id"] not in {each["id"] for each in ask(api, keep=[area])}
    answer(api, area)
    with project.reading() as log:
        assert confirmed_areas(log)[1].tolist() == [[0, 5, 25, 35]]
    api.ok("questions/undo", {})
    with project.reading() as log:
        assert confirmed_areas(log) == {}


def test_an_area_of_a_finished_image_is_not_asked_about(api: Api, project: Project) -> None:
    _, area = ask_about_area(api, project)
    api.status("done")
    assert area["id"] not in {each["id"] for each in ask(api)}


def test_an_area_waits_for_boxes_that_others_have(api: Api, client: TestClient, project: Project) -> None:
    _, area = ask_about_area(api, project)
    api.client.post("/api/questions/give-back", json={"holder": "page"})
    first = ask(api, holder="other", count=1)
    assert area["id"] not in {each["id"] for each in ask(api)}
    api.client.post("/api/questions/give-back", json={"holder": "other"})
    assert first[0]["kind"] == "box"
    assert area["id"] in {each["id"] for each in ask(api)}


def test_nothing_more_is_asked_in_an_area_where_nothing_is_missing(api: Api, project: Project) -> None:
    first, area = ask_about_area(api, project)
    api.client.post("/api/questions/give-back", json={"holder": "page"})
    with project.changing() as log:
        log.work.arrange([Arranged(area["id"], "areas", "d-1")])
    (shown,) = ask(api, count=1)
    assert shown["id"] == area["id"]
    answer(api, shown)
    left = {each["id"] for each in ask(api)}
    assert first["id"] not in left
    assert left, "boxes outside the area"
    api.ok("questions/undo", {})
    assert first["id"] in {each["id"] for each in ask(api)}
    assert check_project(project.folder) == []
