"""Answers about all regions of an image: every annotation whose pixels changed gets its new mask."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from fewclicks.answers import Answer, PartitionAnswer, unchanged_targets
from fewclicks.application.answers.ask import Caches, StoredPartition
from fewclicks.application.answers.mask import button_presses, kind, target
from fewclicks.application.requests import PromptRequest
from fewclicks.errors import InputError
from fewclicks.labels import Provenance
from fewclicks.model import ModelInfo, Response
from fewclicks.prompts import ExtremePoints, MaskPrompt, Prompt, Prompts
from fewclicks.store.editing import answered, as_region, is_region, prompted_region
from fewclicks.store.events import AnnotationChange, Outcome
from fewclicks.store.log import Log
from fewclicks.store.prompts import prompt_from_json, round_of
from fewclicks.store.records import ImageRow
from fewclicks.store.shapes import partition_to_json
from fewclicks.store.snapshots import Json, Snapshot

__all__ = ["PartitionAsk", "ask", "ask_again", "kind"]


@dataclass(frozen=True, slots=True, eq=False)
class PartitionAsk:
    """A region with its new prompts (`after`), and all annotations of the image, which the answer may change."""

    image: ImageRow
    before: Snapshot | None
    after: Snapshot
    others: tuple[Snapshot, ...]
    made_by: Provenance
    caches: Caches
    clicks: int = 0

    @property
    def subject(self) -> str:
        return ""

    @property
    def stored(self) -> list[Snapshot]:
        """The regions of the image as they are stored."""
        return [each for each in self.others if is_region(each, self.made_by)]

    @property
    def regions(self) -> list[Snapshot]:
        """The regions in the form for the model, the prompted one in its place among the others."""
        stored = self.stored
        regions = [as_region(each, self.made_by) for each in stored if each.id != self.after.id]
        place = next((number for number, each in enumerate(stored) if each.id == self.after.id), len(regions))
        return [*regions[:place], self.after, *regions[place:]]

    @property
    def prompts(self) -> Prompts:
        """First the masks that regions start from and all extreme points, then the scribbles in the order drawn.

        Raises InputError for the same extreme points on two regions.
        """
        regions = self.regions
        _check_points(self.after, regions)
        masks = [MaskPrompt(self.caches.mask(each.base, self.image.size_hw), each.id) for each in regions if each.base]
        numbered = [
            (round_of(prompt), prompt_from_json(prompt, each.id)) for each in regions for prompt in each.prompts
        ]
        first = [prompt for _, prompt in numbered if isinstance(prompt, ExtremePoints)]
        later = sorted(
            ((number, prompt) for number, prompt in numbered if not isinstance(prompt, ExtremePoints)),
            key=lambda each: each[0],
        )
        return Prompts(((*masks, *first), *((prompt,) for _, prompt in later)))

    @property
    def elsewhere(self) -> Mapping[int, tuple[Prompt, ...]]:
        return {}

    @property
    def remembered(self) -> None:
        return None

    def answered(self, response: Response[Answer, object]) -> Outcome:
        """Return the changes by the answer. Raises TypeError for an answer of another type."""
        answer = response.answer
        if not isinstance(answer, PartitionAnswer):
            raise TypeError(f"expected PartitionAnswer from the model, got {type(answer).__name__}")
        stored, regions = self.stored, self.regions
        shapes = self._shapes(answer, regions)
        known = {each.id: each.shape for each in stored}
        changed = [each for each in regions if each.id in shapes and shapes[each.id] != known.get(each.id)]
        first = [self.after, *(each for each in changed if each.id != self.after.id)]
        predicted = answer.predicted_ious
        after = [answered(each, shapes[each.id], predicted.get(each.id), self.made_by) for each in first]
        before = {each.id: each for each in self.others} | {self.after.id: self.before}
        changes = tuple(AnnotationChange(before[each.id], each) for each in after)
        return Outcome(changes, clicks=self.clicks)

    def unanswered(self, error: str) -> Outcome:
        """Return the changes by the prompts alone."""
        return Outcome((AnnotationChange(self.before, self.after),), error=error, clicks=self.clicks)

    def _shapes(self, answer: PartitionAnswer, regions: Sequence[Snapshot]) -> dict[str, Json]:
        """Return the stored form of every target's mask, encoding only masks whose pixels changed."""
        key = (self.image.id, self.made_by.weights)
        before = self.caches.partitions.get(key)
        bases = {each.id: each.base for each in regions if each.base is not None}
        start = before.start if before is not None and before.bases == bases else self._start(bases)
        as_base = set() if start is None else unchanged_targets(start, answer)
        as_before = set() if before is None else unchanged_targets(before.answer, answer) & before.shapes.keys()
        known = {} if before is None else {name: before.shapes[name] for name in as_before - as_base}
        present = as_base | known.keys()
        numbers = {name: number for number, name in enumerate(answer.targets, start=1) if name not in present}
        made = partition_to_json(answer.labels, numbers.values())
        shapes = known | {name: made[number] for name, number in numbers.items()}
        now = StoredPartition(answer, bases, start, shapes)
        self.caches.partitions.put(key, now, now.nbytes)
        return shapes | {name: bases[name] for name in as_base}

    def _start(self, bases: Mapping[str, Json]) -> PartitionAnswer | None:
        if not bases:
            return None
        masks = {name: self.caches.mask(shape, self.image.size_hw) for name, shape in bases.items()}
        return PartitionAnswer.of_masks(masks, self.image.size_hw)


def ask(state: Log, info: ModelInfo, image: ImageRow, request: PromptRequest, caches: Caches) -> PartitionAsk:
    """Add the prompts of `request` to its region. Raises InputError, NotFoundError, ConflictError."""
    before, start = target(state, info, request)
    state.class_row(start.class_id)
    others = tuple(state.annotations(image.id))
    number = 1 + max((each.rounds for each in others), default=0)
    after = prompted_region(before, start, request.prompts, image.size_hw, number)
    return PartitionAsk(image, before, after, others, start.provenance, caches, button_presses(request))


def ask_again(state: Log, info: ModelInfo, image: ImageRow, snapshot: Snapshot, caches: Caches) -> PartitionAsk:
    """Return the stored prompts of a region, to answer them again."""
    made_by = Provenance(method=info.role, weights=info.version)
    return PartitionAsk(image, snapshot, snapshot, tuple(state.annotations(image.id)), made_by, caches)


def _round(prompt_of: tuple[str, Json]) -> int:
    return round_of(prompt_of[1])


def _check_points(region: Snapshot, regions: Iterable[Snapshot]) -> None:
    points = _extreme_points(region)
    if points and any(each.id != region.id and _extreme_points(each) == points for each in regions):
        raise InputError("another region has the same extreme points; choose others")


def _extreme_points(region: Snapshot) -> list[list[float]]:
    return sorted(
        list(point) for each in region.prompts if each["type"] == "extreme_points" for point in each["points"]
    )
