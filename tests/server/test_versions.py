"""Changes of something that another client has changed since."""

from uuid import uuid4

from httpx2 import Response

from .api import RED_BOX, Api, Json, annotation, box_shape, click


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
    assert "another page has changed this object; choose one of the versions" in api.refused(
        "images/1/edits", {"kind": "move", "annotations": [drawn]}, 409
    )
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


def refused_prompt(api: Api, name: str, prompt: Json, version: str, **values: str) -> Json | None:
    """Refuse a prompt as outdated; return the annotation that the refusal shows."""
    body = {"annotation_id": name, "class_id": 1, "prompts": [prompt], "version": version} | values
    answer = api.post("images/1/respond", body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "outdated"), answer.text
    found = answer.json()["annotation"]
    return None if found is None else dict(found)


def seen(api: Api, name: str) -> str:
    return str(next(each["version"] for each in api.annotations() if each["id"] == name))


def test_a_prompt_on_an_object_that_another_author_changed_is_refused(api: Api) -> None:
    ann, bob = api.by("ann"), api.by("bob")
    first = ann.respond("o", RED_BOX, version="")["annotations"][0]
    second = bob.respond("o", click(40, 30), version=first["version"])["annotations"][0]
    assert refused_prompt(ann, "o", click(50, 30), first["version"]) == second
    assert api.annotations() == [second]
    third = ann.respond("o", click(50, 30), version=second["version"])["annotations"][0]
    assert len(third["prompts"]) == 3
    painted = bob.edit(third | {"shape": box_shape()}, "box")["annotations"][0]
    assert refused_prompt(ann, "o", click(52, 30), third["version"]) == painted
    ann.respond("o", click(52, 30))


def test_a_prompt_on_a_deleted_object_is_refused_with_what_was_deleted(api: Api) -> None:
    ann, bob = api.by("ann"), api.by("bob")
    first = ann.respond("o", RED_BOX)["annotations"][0]
    deleted = bob.edit(first | {"state": "deleted"}, "delete")["annotations"][0]
    assert refused_prompt(ann, "o", click(50, 30), first["version"]) == deleted
    bob.respond("p", RED_BOX)
    made = seen(api, "p")
    bob.undo()
    last = refused_prompt(ann, "p", click(50, 30), made)
    assert last is not None
    assert (last["state"], last["shape"], last["prompts"]) == ("deleted", first["shape"], first["prompts"])
    assert refused_prompt(ann, "never", RED_BOX, "v") is None
    assert api.annotations() == []


def test_a_new_object_whose_id_another_author_used_is_refused(api: Api) -> None:
    theirs = api.by("bob").respond("o", RED_BOX, version="")["annotations"][0]
    assert refused_prompt(api.by("ann"), "o", click(50, 30), "") == theirs


def test_prompts_after_ones_own_changes_are_never_refused(api: Api) -> None:
    ann, bob = api.by("ann"), api.by("bob")
    for prompt in (RED_BOX, click(50, 30), click(40, 30)):
        ann.respond("o", prompt, version="")
    version = seen(api, "o")
    ann.undo()
    bob.respond("other", click(10, 10))
    ann.respond("o", click(45, 30), version=version)
    first, *_ = ann.annotations()
    ann.edit(first | {"class_id": 2}, "class")
    last = ann.respond("o", click(46, 30), version=version)["annotations"][0]
    assert len(last["prompts"]) == 4
    bob.edit(last | {"class_id": 1}, "class")
    refused_prompt(ann, "o", click(47, 30), version)


def test_without_an_author_every_change_counts(api: Api) -> None:
    first = api.respond("o", RED_BOX)["annotations"][0]
    second = api.respond("o", click(50, 30), version=first["version"])["annotations"][0]
    assert refused_prompt(api, "o", click(51, 30), first["version"]) == second


def test_an_undone_change_of_another_author_is_not_outdated(api: Api) -> None:
    ann, bob = api.by("ann"), api.by("bob")
    first = ann.respond("o", RED_BOX)["annotations"][0]
    bob.respond("o", click(50, 30))
    bob.undo()
    assert len(ann.respond("o", click(40, 30), version=first["version"])["annotations"][0]["prompts"]) == 2


def test_a_repeated_prompt_is_not_outdated(api: Api) -> None:
    ann, bob = api.by("ann"), api.by("bob")
    version = ann.respond("o", RED_BOX)["annotations"][0]["version"]
    first = ann.respond("o", click(50, 30), version=version, id="once")
    bob.respond("o", click(40, 30))
    assert ann.respond("o", click(50, 30), version=version, id="once")["annotations"] == first["annotations"]
    assert len(api.annotations()[0]["prompts"]) == 3


def test_a_quoted_id_is_found_in_the_log(api: Api) -> None:
    name = 'say "é\\%_\n'
    ann = api.by("ann")
    ann.respond(name, RED_BOX, version="")
    assert len(ann.respond(name, click(50, 30), version="")["annotations"][0]["prompts"]) == 2


def test_an_outdated_retry_is_refused(api: Api) -> None:
    ann, bob = api.by("ann"), api.by("bob")
    first = ann.respond("o", RED_BOX)["annotations"][0]
    second = bob.respond("o", click(50, 30))["annotations"][0]
    answer = ann.post("images/1/retry", {"annotation_id": "o", "version": first["version"]})
    assert (answer.status_code, answer.json()["annotation"]) == (409, second)
    ann.ok("images/1/retry", {"annotation_id": "o", "version": second["version"]})
    ann.ok("images/1/retry", {"annotation_id": "o"})


def test_an_outdated_edit_is_refused_with_the_present_annotation(api: Api) -> None:
    first = api.edit(annotation("p", box_shape()))["annotations"][0]
    second = api.edit(first | {"class_id": 2}, "class")["annotations"][0]
    answer = api.post("images/1/edits", {"kind": "move", "annotations": [first | {"shape": box_shape(30)}]})
    assert answer.json()["annotation"] == second
