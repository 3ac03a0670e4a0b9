"""Random histories of changes, undo and redo, compared with a model of two stacks for each image."""

from dataclasses import replace
from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fewclicks.store.events import AnnotationChange
from fewclicks.store.log import Log
from fewclicks.store.project import Project
from fewclicks.store.records import ClassRow
from fewclicks.store.replay import replay_log
from fewclicks.store.snapshots import Snapshot

from .log_steps import CAT, DOG, FOX, box, change, edit_classes, make, mark, step

State = tuple[dict[str, float], str, tuple[ClassRow, ...]]


class Model:
    """Undo and redo as everyone knows them, on lists of whole states, to compare with."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.done: list[State] = []
        self.undone: list[State] = []

    def change(self, state: State) -> None:
        self.done.append(self.state)
        self.undone.clear()
        self.state = state

    def undo(self) -> bool:
        return self._swap(self.done, self.undone)

    def redo(self) -> bool:
        return self._swap(self.undone, self.done)

    def _swap(self, source: list[State], target: list[State]) -> bool:
        if not source:
            return False
        target.append(self.state)
        self.state = source.pop()
        return True


def state_of(log: Log, image_id: int) -> State:
    """An image's boxes and status, and on image 1, where they are edited, the classes."""
    boxes = {row.id: row.shape["xyxy"][0] for row in log.annotations(image_id) if row.shape}
    return boxes, log.summary(image_id).status, tuple(log.classes()) if image_id == 1 else ()


def do_something(log: Log, random: Random, image_id: int) -> None:
    """A change of some annotations of the image, of its status, or of the classes."""
    verb = random.choice(["annotations", "annotations", "status", *["classes"] * (image_id == 1)])
    if verb == "status":
        mark(log, random.choice(["todo", "done"]), image_id)
    elif verb == "classes":
        others = random.sample([DOG, FOX], random.randrange(3))
        edit_classes(log, *others, replace(CAT, name=random.choice("xyz")))
    else:
        names = random.sample([f"{letter}{image_id}" for letter in "abcd"], random.randrange(1, 4))
        changes = []
        for name in names:
            before = log.annotation(name)
            state = "deleted" if before and random.random() < 0.3 else "accepted"
            after = Snapshot(name, image_id, 1, state, box(random.randrange(1000)))  # type: ignore[arg-type]
            changes.append(AnnotationChange(before, after))
        change(log, *changes, image_id=image_id)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.sampled_from(["change", "change", "undo", "undo", "redo"]), st.integers(1, 3)), max_size=25),
    st.randoms(use_true_random=False),
)
def test_any_order_of_changes_is_what_two_stacks_an_image_would_give_and_what_the_log_replays(
    project: Project, verbs: list[tuple[str, int]], random: Random
) -> None:
    with project.changing() as log:
        for image_id in (1, 2, 3):  # examples share the project: begin with an empty one
            while log.undo_words("", image_id).undo:
                step(log, "undo", image_id)
            make(log, f"a{image_id}", image_id, x=-1)
            step(log, "undo", image_id)
        models = {image_id: Model(state_of(log, image_id)) for image_id in (1, 2, 3)}
        for verb, image_id in [("change", 1), ("change", 2), ("change", 3), *verbs]:
            model = models[image_id]
            if verb == "change":
                do_something(log, random, image_id)
                model.change(state_of(log, image_id))
            elif getattr(model, verb)():
                assert step(log, verb, image_id).outcome.kept == 0
            assert {each: state_of(log, each) for each in models} == {each: models[each].state for each in models}
        for image_id, model in models.items():
            words = log.undo_words("", image_id)
            assert (words.undo is None, words.redo is None) == (not model.done, not model.undone)
        assert replay_log(log.events()) == log.annotations(deleted=True)
