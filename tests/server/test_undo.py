"""Edits, and undo and redo over everything."""

import pytest

from fewclicks.store.project import Project
from fewclicks.store.replay import replay_log

from .api import RED_BOX, Api, Json, annotation, box_shape, click, words


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
    assert api.refused("undo", {}, 409) == "there is no change to undo; reload the page to see the present state"
    for place in range(1, last + 1):
        api.redo()
        assert api.annotations(1) + api.annotations(2) == states[place]
    assert api.refused("redo", {}, 409) == "there is no change to redo; reload the page to see the present state"


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
        (annotation("p", box_shape(4)), 422, "contains an annotation twice"),
        (annotation("q", box_shape(500)), 422, "outside the image"),
        (annotation("q", box_shape(), image=2), 422, "annotations of image 1, got one of 2"),
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
    assert "the project has changed since" in api.refused("undo", {"of": "first"}, 409)
    assert len(api.annotations()) == 2
    undone = api.ok("undo", {"of": "second"})
    assert (undone["history"]["undo_of"], undone["history"]["redo_of"]) == ("first", "second")
    assert "the project has changed since" in api.refused("redo", {"of": "first"}, 409)
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
