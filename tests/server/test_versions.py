"""Changes of something that another client has changed since."""

from .api import Api, annotation, box_shape


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


def test_an_edit_of_outdated_classes_is_refused(api: Api) -> None:
    cat, dog = before = api.get("project")["classes"]
    fox = {**cat, "id": 77, "name": "fox"}
    api.classes(cat, dog, fox)
    body = {"classes": [cat, dog | {"name": "wolf"}], "before": before}
    answer = api.client.put("/api/classes", json={"id": "late"} | body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "outdated")
    assert api.get("project")["classes"] == [cat, dog, fox]
    fresh = {"classes": [cat, fox], "before": [cat, dog, fox]}
    assert api.client.put("/api/classes", json={"id": "fresh"} | fresh).json()["classes"] == [cat, fox]
