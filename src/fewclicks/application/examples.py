"""Examples from prompts in other images: cached, and computed again from the stored prompts if missing."""

import logging
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial

from fewclicks.application.models import Installed
from fewclicks.cache import BoundedCache
from fewclicks.errors import FewclicksError
from fewclicks.model import Encoding
from fewclicks.prompts import Example, Prompt

FEWEST_PROMPTS = 2  # of a class in the project, before its examples are used
ENOUGH_EXAMPLES = 20  # of a class: more make answers slower, hardly better
MOST_IMAGES = 20  # to be encoded again when none of their examples is in memory
MOST_LOGGED = 1000  # images whose problem is logged once
log = logging.getLogger("fewclicks")

ByImage = Mapping[int, tuple[Prompt, ...]]
Encode = Callable[[int, Installed], Encoding[object]]
Key = tuple[int, str, str]


@dataclass(frozen=True, slots=True)
class Made:
    """The examples of an image, and the prompts from which they were made."""

    prompts: tuple[Prompt, ...]
    examples: tuple[Example, ...]

    @property
    def nbytes(self) -> int:
        return sum(example.nbytes for example in self.examples)


class Examples:
    """The examples of all images, by model."""

    def __init__(self, encode: Encode, max_bytes: int) -> None:
        """`encode` encodes an image by its id, without dropping the last used one; it may raise FewclicksError."""
        self._encode = encode
        self._made: BoundedCache[Key, Made] = BoundedCache(max_bytes)

    def __len__(self) -> int:
        """Return the number of images whose examples are in memory."""
        return len(self._made)

    def elsewhere(self, installed: Installed, here: Sequence[Prompt], elsewhere: ByImage) -> tuple[Example, ...]:
        """Return the examples from other images for the prompts `here`.

        `elsewhere` are the prompts by image, the preferred images first. A class counts once it has FEWEST_PROMPTS
        prompts, here or elsewhere, and then with at most ENOUGH_EXAMPLES from at most MOST_IMAGES images in all. An
        image that cannot be read is skipped.
        """
        if not (installed.role.accepts_examples and elsewhere):
            return ()
        elsewhere = _enough(elsewhere)
        counts = Counter(_class_of(prompt) for prompts in (here, *elsewhere.values()) for prompt in prompts)
        wanted = [class_id for class_id, count in counts.items() if count >= FEWEST_PROMPTS]
        used: Counter[int] = Counter()
        chosen: list[Example] = []
        for image_id in _chosen(elsewhere, wanted):
            for example in self._of_image(installed, image_id, elsewhere[image_id]):
                if example.class_id in wanted and used[example.class_id] < ENOUGH_EXAMPLES:
                    used[example.class_id] += 1
                    chosen.append(example)
        return tuple(chosen)

    def ahead(self, installed: Installed, elsewhere: ByImage) -> list[Callable[[], object]]:
        """Return tasks, one an image, that compute the examples that a prompt needs and that are not in memory."""
        elsewhere = _enough(elsewhere)
        classes = sorted({_class_of(prompt) for prompts in elsewhere.values() for prompt in prompts})
        return [
            partial(self._of_image, installed, image_id, elsewhere[image_id])
            for image_id in _chosen(elsewhere, classes)
            if self._known(installed, image_id, elsewhere[image_id]) is None
        ]

    def _of_image(self, installed: Installed, image_id: int, prompts: tuple[Prompt, ...]) -> tuple[Example, ...]:
        made = self._known(installed, image_id, prompts)
        if made is None:
            try:
                made = Made(prompts, installed.model.examples(self._encode(image_id, installed), prompts))
            except FewclicksError as error:
                _log_once(image_id, str(error))
                return ()
            self._made.put(_key(installed, image_id), made, made.nbytes)
        return made.examples

    def _known(self, installed: Installed, image_id: int, prompts: tuple[Prompt, ...]) -> Made | None:
        made = self._made.get(_key(installed, image_id))
        return made if made is not None and made.prompts == prompts else None


def _key(installed: Installed, image_id: int) -> Key:
    return (image_id, installed.role.name, installed.info.version)


def _class_of(prompt: Prompt) -> int:
    """Return the class id; -1 for a prompt without a class."""
    class_id = getattr(prompt, "class_id", None)
    return -1 if class_id is None else int(class_id)


def _enough(elsewhere: ByImage) -> ByImage:
    """Return at most the first ENOUGH_EXAMPLES prompts of each class in each image."""
    return {image_id: tuple(_first_of_each_class(prompts)) for image_id, prompts in elsewhere.items()}


def _first_of_each_class(prompts: Sequence[Prompt]) -> Iterator[Prompt]:
    seen: Counter[int] = Counter()
    for prompt in prompts:
        seen[_class_of(prompt)] += 1
        if seen[_class_of(prompt)] <= ENOUGH_EXAMPLES:
            yield prompt


def _chosen(elsewhere: ByImage, wanted: Sequence[int]) -> list[int]:
    """Return the first images of each class in turn, until each has enough prompts or there are MOST_IMAGES."""
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


@lru_cache(MOST_LOGGED)
def _log_once(image_id: int, problem: str) -> None:
    log.warning("no examples from image %d: %s", image_id, problem)
