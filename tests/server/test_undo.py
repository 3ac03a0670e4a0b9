"""Edits, and undo and redo of one author's work on one image."""

import pytest

from fewclicks.store.project import Project
from fewclicks.store.replay import replay_log

from .api import RED_BOX, Api, Json, annotation, box_shape, click, words

NOTHING = "there is nothing to {} on this image; reload the page to see the present state"


def test_undo_and_redo_go_over_prompts_answers_and_edits_of_an_image(api: Api) -> None:
    states = [api.annotations(1)]

    def then(answer: Json) -> Json:
        states.append(api.annotations(1))
        return answer

    then(api.respond("o", RED_BOX))
    made = then(api.respond("o", click(40, 30)))["annotations"][0]
    then(api.edit(made | {"state": "accepted"}, "accept"))
    elsewhere = api.edit(annotation("p", box_shape(), image=2), "box")["annotations"]
    then(api.edit(made | {"state": "accepted", "class_id": 2}, "class"))
    then(api.edit(made | {"state": "deleted"}, "delete"))
    last = len(states) - 1
    kinds = []
    for place in range(last - 1, -1, -1):
        kinds.append(api.undo()["kind"])
        assert api.annotations(1) == states[place]
    assert kinds == ["delete", "class", "accept", "click", "box"]
    assert api.annotations(2) == elsewhere
    assert api.refused("images/1/undo", {}, 409) == NOTHING.format("undo")
    for place in range(1, last + 1):
        api.redo()
        assert api.annotations(1) == states[place]
    assert api.refused("images/1/redo", {}, 409) == NOTHING.format("redo")
    assert api.annotations(2) == elsewhere


def test_each_author_undoes_only_their_own_work(api: Api) -> None:
    ann, bob = api.by("ann"), api.by("bob")
    ann.edit(annotation("a", box_shape()))
    bob.edit(annotation("b", box_shape(20)))
    assert (words(ann.get("images/1")), words(bob.get("images/1"))) == (("box", None), ("box", None))
    assert words(api.get("images/1")) == (None, None)
    assert ann.undo()["removed"] == ["a"]
    assert ann.refused("images/1/undo", {}, 409) == NOTHING.format("undo")
    assert bob.undo()["removed"] == ["b"]
    assert [each["id"] for each in ann.redo()["annotations"]] == ["a"]
    assert [each["id"] for each in api.annotations()] == ["a"]


def test_undo_leaves_what_somebody_else_changed_since_and_counts_it(api: Api) -> None:
    ann, bob = api.by("ann"), api.by("bob")
    ann.edits("split", annotation("a", box_shape()), annotation("b", box_shape(20)))
    moved = bob.edit(annotation("a", box_shape(30)), "move")["annotations"][0]
    undone = ann.undo()
    assert (undone["removed"], undone["annotations"], undone["kept"]) == (["b"], [], 1)
    assert api.annotations() == [moved]
    assert bob.undo()["kept"] == 0


def test_the_image_of_the_latest_change_is_told_without_a_step(api: Api) -> None:
    ann = api.by("ann")
    assert ann.get("images/1/changed-before") is None
    ann.edit(annotation("a", box_shape(), image=2))
    ann.status("done", image=3)
    api.edit(annotation("b", box_shape()))
    assert ann.get("images/1/changed-before")["id"] == 3
    assert ann.get("images/3/changed-before")["id"] == 2
    ann.undo(3)
    assert ann.get("images/1/changed-before")["id"] == 2
    assert api.annotations(2) != []


def test_programs_of_earlier_releases_undo_on_the_image_of_their_latest_request(api: Api) -> None:
    assert "there is nothing to undo;" in api.refused("undo", {}, 409)
    api.edit(annotation("a", box_shape()))
    api.edit(annotation("b", box_shape(), image=2))
    assert api.ok("undo", {})["removed"] == ["b"]
    assert "nothing to undo on this image" in api.refused("undo", {}, 409)
    assert [each["id"] for each in api.ok("redo", {})["annotations"]] == ["b"]
    assert [each["id"] for each in api.annotations()] == ["a"]


def test_the_name_of_an_author_has_a_limit(api: Api) -> None:
    assert "fewclicks-author" in api.by("x" * 101).refused("images/1/undo", {}, 422).lower()


def test_undoing_a_creation_says_that_nothing_is_left(api: Api) -> None:
    api.edit(annotation("p", box_shape(), image=2))
    undone = api.undo(2)
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
        (annotation("q", box_shape(), image=2), 422, "expected only annotations of image 1, got one of image 2"),
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
    undone = api.undo(2)
    assert (undone["kind"], undone["image"]["id"], undone["image"]["status"]) == ("done", 2, "todo")
    assert words(undone) == (None, "done")
    assert len(api.annotations()) == 1
    assert api.redo(2)["image"]["status"] == "done"
    assert [row["status"] for row in api.get("images")] == ["todo", "done", "todo"]


def test_an_edit_of_the_classes_is_undone_and_redone(api: Api) -> None:
    cat, dog = before = api.get("project")["classes"]
    after = [dog | {"name": "wolf", "color": "#123456", "policy": "howls"}, {**cat, "id": 77, "name": "fox"}]
    changed = api.classes(*after, image_id=1)
    assert (changed["classes"], changed["image"]["id"], words(changed)) == (after, 1, ("classes", None))
    undone = api.undo()
    assert (undone["kind"], undone["classes"], undone["image"]["id"]) == ("classes", before, 1)
    assert api.get("project")["classes"] == before
    assert api.redo()["classes"] == after
    api.edit(annotation("p", box_shape(), class_id=77))
    assert api.undo()["classes"] is None
    assert api.undo()["classes"] == before


def test_a_class_change_without_an_image_is_no_work_on_an_image(api: Api) -> None:
    cat, _ = api.get("project")["classes"]
    assert api.classes(cat)["image"] is None
    assert api.refused("images/1/undo", {}, 409) == NOTHING.format("undo")
    answer = api.client.put("/api/classes", json={"id": "x", "classes": [cat], "image_id": 99})
    assert (answer.status_code, answer.json()["error"]["message"]) == (
        404,
        "no image 99 in this project; reload the page",
    )


def test_a_step_that_means_another_change_is_refused(api: Api) -> None:
    api.edit(annotation("p", box_shape()), id="first")
    stood = api.edit(annotation("q", box_shape(2)), id="second")["history"]
    assert stood["undo_of"] == "second"
    assert "the image has changed since" in api.refused("images/1/undo", {"of": "first"}, 409)
    assert len(api.annotations()) == 2
    undone = api.undo(of="second")
    assert (undone["history"]["undo_of"], undone["history"]["redo_of"]) == ("first", "second")
    assert "the image has changed since" in api.refused("images/1/redo", {"of": "first"}, 409)
    assert api.redo(of="second")["annotations"][0]["id"] == "q"


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
