"""Objects prompted in other images, as examples: kept in memory, made again from the stored prompts when missing."""

import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial

from fewclicks.application.answers.ask import Ask
from fewclicks.application.models import Installed
from fewclicks.application.workspace import Workspace
from fewclicks.errors import FewclicksError
from fewclicks.prompts import Example, Prompt

FEWEST_PROMPTS = 2  # of a class in the project, before it is looked for in other images
ENOUGH_EXAMPLES = 20  # of a class: more make answers slower, hardly better
MOST_IMAGES = 20  # to be encoded again when none of their examples is in memory
MOST_LOGGED = 1000  # images whose problem is logged once
log = logging.getLogger("fewclicks")

ByImage = Mapping[int, tuple[Prompt, ...]]


@dataclass(frozen=True, slots=True)
class Made:
    """The examples of an image, and the prompts that they were made from."""

    prompts: tuple[Prompt, ...]
    examples: tuple[Example, ...]

    @property
    def nbytes(self) -> int:
        return sum(example.nbytes for example in self.examples)


def examples_elsewhere(workspace: Workspace, installed: Installed, asked: Ask) -> tuple[Example, ...]:
    """The examples from other images.

    A class counts once it has FEWEST_PROMPTS prompts, here or elsewhere, and then with at most ENOUGH_EXAMPLES from at
    most MOST_IMAGES images in all. An image that cannot be read is left out.
    """
    if not (installed.role.accepts_examples and asked.elsewhere):
        return ()
    counts = Counter(
        _class_of(prompt) for prompts in (asked.prompts.all, *asked.elsewhere.values()) for prompt in prompts
    )
    wanted = [class_id for class_id, count in counts.items() if count >= FEWEST_PROMPTS]
    taken: Counter[int] = Counter()
    chosen: list[Example] = []
    for image_id in _chosen(asked.elsewhere, wanted):
        for example in _of_image(workspace, installed, image_id, asked.elsewhere[image_id]):
            if example.class_id in wanted and taken[example.class_id] < ENOUGH_EXAMPLES:
                taken[example.class_id] += 1
                chosen.append(example)
    return tuple(chosen)


def made_ahead(workspace: Workspace, installed: Installed, elsewhere: ByImage) -> list[Callable[[], object]]:
    """Tasks that make the examples that a prompt will need and that are not in memory, image by image."""
    classes = sorted({_class_of(prompt) for prompts in elsewhere.values() for prompt in prompts})
    return [
        partial(_of_image, workspace, installed, image_id, elsewhere[image_id])
        for image_id in _chosen(elsewhere, classes)
        if _known(workspace, installed, image_id, elsewhere[image_id]) is None
    ]


def _class_of(prompt: Prompt) -> int:
    """-1 of a prompt without a class."""
    class_id = getattr(prompt, "class_id", None)
    return -1 if class_id is None else int(class_id)


def _chosen(elsewhere: ByImage, wanted: Sequence[int]) -> list[int]:
    """The first images of every class, the classes in turn, until each has enough prompts or there are MOST_IMAGES."""
    images = {
        class_id: [image_id for image_id, prompts in elsewhere.items() if class_id in map(_class_of, prompts)]
        for class_id in wanted
    }
    chosen: list[int] = []
    prompted: Counter[int] = Counter()
    while images and len(chosen) < MOST_IMAGES:
        for class_id in list(images):
            left = [image_id for image_id in images[class_id] if image_id not in chosen]
            if not left or prompted[class_id] >= ENOUGH_EXAMPLES:
                del images[class_id]
            elif len(chosen) < MOST_IMAGES:
                chosen.append(left[0])
                prompted.update(map(_class_of, elsewhere[left[0]]))
    return chosen


def _of_image(
    workspace: Workspace, installed: Installed, image_id: int, prompts: tuple[Prompt, ...]
) -> tuple[Example, ...]:
    made = _known(workspace, installed, image_id, prompts)
    if made is None:
        try:
            encoding = workspace.encode(workspace.image(image_id), installed, aside=True)
            made = Made(prompts, installed.model.examples(encoding, prompts))
        except FewclicksError as error:
            _log_once(image_id, str(error))
            return ()
        workspace.examples.put((image_id, installed.role.name, installed.info.version), made, made.nbytes)
    return made.examples


@lru_cache(MOST_LOGGED)
def _log_once(image_id: int, problem: str) -> None:
    log.warning("no examples from image %d: %s", image_id, problem)


def _known(workspace: Workspace, installed: Installed, image_id: int, prompts: tuple[Prompt, ...]) -> Made | None:
    made = workspace.examples.get((image_id, installed.role.name, installed.info.version))
    return made if isinstance(made, Made) and made.prompts == prompts else None
