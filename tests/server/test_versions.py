"""Changes of something that another client has changed since."""

from uuid import uuid4

from httpx2 import Response

from .api import Api, Json, annotation, box_shape


def test_an_edit_of_an_outdated_annotation_is_refused(api: Api) -> None:
    first = api.edit(annotation("p", box_shape()))["annotations"][0]
    second = api.edit(first | {"shape": box_shape(20)}, "move")["annotations"][0]
    assert first["version"] != second["version"]
    stale = {"kind": "move", "annotations": [first | {"shape": box_shape(30)}]}
    answer = api.post("images/1/edits", stale)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "outdated")
    assert api.annotations() == [second]
    api.ok("images/1/edits", {"kind": "class", "annotations": [second | {"class_id": 2}]})


def test_a_stale_move_does_not_bring_a_deleted_object_back(api: Api) -> None:
    drawn = api.edit(annotation("p", box_shape()))["annotations"][0]
    api.edit(drawn | {"state": "deleted"}, "delete")
    assert "changed elsewhere" in api.refused("images/1/edits", {"kind": "move", "annotations": [drawn]}, 409)
    assert api.annotations() == []


def test_undo_brings_back_the_version(api: Api) -> None:
    drawn = api.edit(annotation("p", box_shape()))["annotations"][0]
    api.edit(drawn | {"class_id": 2}, "class")
    assert api.undo()["annotations"] == [drawn]


def put_classes(api: Api, before: list[Json], *wanted: Json) -> Response:
    return api.client.put("/api/classes", json={"id": uuid4().hex, "classes": [*wanted], "before": before})


def test_an_edit_of_an_outdated_class_is_refused(api: Api) -> None:
    cat, dog = before = api.get("project")["classes"]
    wolf = dog | {"name": "wolf"}
    api.classes(cat, wolf)
    for wanted in ([cat, dog | {"color": "#123456"}], [cat], [cat, dog | {"overlaps": True}]):
        answer = put_classes(api, before, *wanted)
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "outdated")
        assert "'dog'" in answer.json()["error"]["message"]
    api.classes(cat)
    assert put_classes(api, [cat, wolf], cat, dog).status_code == 409, "it was removed"
    assert api.get("project")["classes"] == [cat]


def test_edits_of_different_classes_do_not_conflict(api: Api) -> None:
    cat, dog = before = api.get("project")["classes"]
    fox, owl = {**cat, "id": 77, "name": "fox"}, {**cat, "id": 78, "name": "owl"}
    api.classes(cat, dog | {"name": "wolf"}, fox)
    lynx = cat | {"name": "lynx"}
    after = put_classes(api, before, lynx, dog, owl).json()["classes"]
    assert after == [lynx, dog | {"name": "wolf"}, owl, fox]
    assert put_classes(api, after, *after[::-1]).json()["classes"] == after[::-1]
    gone = put_classes(api, after, lynx, after[1], fox).json()["classes"]
    assert gone == [fox, after[1], lynx], "the order of the present classes stays"
    assert put_classes(api, before, lynx, dog).json()["classes"] == gone, "both want the same"
    twice = put_classes(api, before, lynx, lynx).json()["error"]
    assert twice["message"] == "two classes have the name 'lynx'; rename one"


def test_undo_of_an_edit_of_the_classes_leaves_what_others_changed_since(api: Api) -> None:
    cat, dog = before = api.get("project")["classes"]
    ann, bob = api.by("ann"), api.by("bob")
    lynx, wolf, puma = cat | {"name": "lynx"}, dog | {"name": "wolf"}, cat | {"name": "puma"}
    ann.classes(lynx, dog, image_id=1, before=before)
    bob.classes(lynx, wolf, image_id=1, before=[lynx, dog])
    undone = ann.undo()
    assert (undone["classes"], undone["kept"]) == ([cat, wolf], 0)
    ann.redo()
    bob.classes(puma, wolf, image_id=1, before=[lynx, wolf])
    undone = ann.undo()
    assert (undone["classes"], undone["kept"]) == (None, 1)
    assert api.get("project")["classes"] == [puma, wolf]
    assert bob.undo()["classes"] == [lynx, wolf]


def test_an_edit_of_an_outdated_status_is_refused(api: Api) -> None:
    ann, bob = api.by("ann"), api.by("bob")
    seen = api.get("images/1")["image"]["status_version"]
    done = ann.status("done", version=seen)["image"]
    reopened = bob.status("todo", version=done["status_version"])["image"]
    answer = api.client.put("/api/images/1/status", json={"id": "late", "status": "done", "version": seen})
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "outdated")
    assert api.get("images/1")["image"] == reopened
    assert bob.status("todo", version=seen)["image"]["status"] == "todo", "it is there already"
    assert api.status("done")["image"]["status"] == "done", "without a version it is not checked"


def test_undo_brings_back_the_version_of_a_status_and_leaves_that_of_another_author(api: Api) -> None:
    ann, bob = api.by("ann"), api.by("bob")
    before = api.get("images/1")["image"]["status_version"]
    done = ann.status("done")["image"]["status_version"]
    assert ann.undo()["image"]["status_version"] == before
    assert ann.redo()["image"]["status_version"] == done
    bob.status("todo")
    bob.status("done")
    undone = ann.undo()
    assert (undone["image"]["status"], undone["kept"]) == ("done", 1)


def test_a_repeated_status_is_not_outdated(api: Api) -> None:
    body = {"id": "once", "status": "done", "version": ""}
    for _ in range(2):
        assert api.client.put("/api/images/1/status", json=body).status_code == 200
        api.status("todo")
    assert api.get("images/1")["image"]["status"] == "todo"
