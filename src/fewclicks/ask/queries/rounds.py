"""Rounds of active learning with a simulated person (box-active-learning, Sec. 3.2, Fig. 1).

A round predicts on the images that are not full, lets a strategy choose questions, answers them, and trains again.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Generic, Literal

import numpy as np
from jaxtyping import Float32, Float64, Int64

from fewclicks.answers import BoxesAnswer
from fewclicks.ask.areas import MOST_INSIDE, area_around, in_areas
from fewclicks.ask.assist import Verified, worthwhile
from fewclicks.ask.costs import Costs, Kind
from fewclicks.ask.ledger import Entry, Ledger, Totals
from fewclicks.ask.pool import Pool, is_free, pool_of, recall
from fewclicks.ask.queries.learning import F, Finder, Learner
from fewclicks.ask.queries.person import (
    Answered,
    answer_box,
    draw_image,
    is_judged,
    look_over,
    verify,
    verify_image,
)
from fewclicks.ask.questions import questions
from fewclicks.ask.state import ImageState, Teaching, teach
from fewclicks.ask.strategies.spec import ImageQuery, Strategy
from fewclicks.ask.tighten import Tightener
from fewclicks.datasets.boxed_images import BoxedImage
from fewclicks.datasets.partly_labelled import PartlyLabelled
from fewclicks.errors import InputError

Level = Literal["box", "image", "assisted"]
START, AREAS = "start", "areas"  # the strategies of entries that no strategy asked for
FEWEST = 20  # questions in a round


@dataclass(frozen=True, slots=True)
class Plan:
    """How a run asks and learns.

    per_round: questions in a round, or objects in the images of one; None: as many as objects are labelled, at least
    FEWEST. threshold: t_d in Eq. 1. shown: the confidence from which on suggestions are worth showing, in assisted
    images as long as nothing is known of them (assist.py), and in areas. in_turn: ask about each predicted class in
    turn. fixed_pool: keep the predictions of the first model. from_last: train each round from the last model instead
    of from nothing. areas: the share of questions about a box that also ask to look over the area around it.
    adapt_shown: learn from finished images which suggestions are worth showing.
    """

    level: Level
    strategy: Strategy
    rounds: int
    per_round: int | None
    threshold: float
    shown: float
    teaching: Teaching
    in_turn: bool = True
    fixed_pool: bool = False
    from_last: bool = False
    areas: float = 0.0
    adapt_shown: bool = True


@dataclass(frozen=True, slots=True)
class Point:
    """A point of a curve: what was spent, the test mAP at IoU 0.5, and the recall of the pool; None without a pool."""

    totals: Totals
    map50: float
    recall: float | None


class Run(Generic[F]):
    """One run of one person: the answers so far, and the model that they led to."""

    def __init__(
        self,
        learner: Learner[F],
        images: Sequence[BoxedImage],
        plan: Plan,
        costs: Costs,
        measure: Callable[[Finder], float],
        seed: int,
        tightener: Tightener | None = None,
    ) -> None:
        """images: those to ask about, by their numbers from 0. measure: the test mAP of a model. tightener: tightens
        boxes before a person sees them.
        """
        self.learner, self.images, self.plan, self.seed, self._measure = learner, images, plan, seed, measure
        self.tightener = tightener
        self.states = [ImageState(number, image.size_hw) for number, image in enumerate(images)]
        self.ledger = Ledger(costs)
        self.trained: F | None = None
        self.finder: Finder | None = None
        self.answers: dict[int, BoxesAnswer] = {}
        self.before: list[Verified] = []  # the suggestions of the last round
        self.verified: list[Verified] = []  # those of this round

    def begin_with_images(self, count: int) -> Point:
        """Draw all objects of `count` random images, and train the first model on them.

        Images and model depend on the seed alone, so all plans of a seed begin alike.
        """
        rng = np.random.default_rng([self.seed, 0])
        for number in rng.permutation(len(self.images))[:count].tolist():
            self._take(number, draw_image(self.states[number], self.images[number]), 0, START)
        self.trained = self.finder = self.learner.learn(self._lessons(), self.seed)
        return self._point()

    def begin_with_clicks(self, clicks: Mapping[int, int], finder: Finder) -> Point:
        """Begin with a model that finds what was clicked. clicks: how many there were in each image."""
        for number, count in clicks.items():
            clicked: list[Kind] = ["click"] * count
            kinds: list[Kind] = ["look", *clicked]
            self._take(number, (self.states[number], kinds), 0, START)
        self.finder = finder
        return self._point()

    def advance(self, number: int) -> Point | None:
        """Ask, answer and train: round `number`, from 1. Return None when there is nothing left to ask.

        Raises InputError when the first round has nothing to ask, or when no answer gave a box to train on.
        """
        rng = np.random.default_rng([self.seed, number])
        pool = self._pool()
        asked = self._ask_boxes(pool, rng, number) if self.plan.level == "box" else self._ask_images(pool, rng, number)
        if not asked:
            if number == 1:
                raise InputError(self._nothing_to_ask())
            return None
        if not any(len(state.boxes) for state in self.states):
            raise InputError(f"all {asked} answers were background, so there is no box to train on; raise --per-round")
        start = self.trained if self.plan.from_last else None
        self.trained = self.finder = self.learner.learn(self._lessons(), self.seed, start)
        return self._point()

    def _nothing_to_ask(self) -> str:
        if self.plan.level != "box" or all(state.is_full for state in self.states):
            return "every image is labelled already, so there is nothing to ask; begin with fewer images"
        return (
            f"no predicted box has a confidence of {self.plan.threshold:g}, so there is nothing to ask; "
            "lower --threshold or begin with more images"
        )

    # --- questions ---------------------------------------------------------------------------------

    def _ask_boxes(self, pool: Pool, rng: np.random.Generator, round_number: int) -> int:
        """Ask about boxes until enough for a round are answered; return how many were."""
        plan, wanted, count = self.plan, self._wanted(), 0
        full = [state.number for state in self.states if state.is_full]
        asked = questions(pool, self._judged(), full, plan.strategy, wanted, rng, plan.in_turn)
        for number, predicted, class_id in zip(
            asked.images.tolist(), asked.boxes, asked.class_ids.tolist(), strict=True
        ):
            if count == wanted:
                break
            (box,) = self._tightened(number, predicted[None], np.array([class_id]))
            if not is_judged(self.states[number], box):
                answered = answer_box(self.states[number], self.images[number], box, class_id)
                self._take(number, answered, round_number, plan.strategy.name)
                count += 1
                if rng.random() < plan.areas:
                    self._look_over(number, box, round_number)
        return count

    def _look_over(self, number: int, box: Float64[np.ndarray, "5"], round_number: int) -> None:
        """Ask about the suggestions in the area around a box that are worth showing, then about the area."""
        state, image, found = self.states[number], self.images[number], self.answers[number]
        area = area_around(box, image.size_hw)
        shown = found.where(in_areas(found.boxes, area[None]) & (found.scores >= self.plan.shown))
        shown = shown.where(np.array([not is_judged(state, each) for each in shown.boxes], bool))
        if len(shown.boxes) > MOST_INSIDE:
            return
        shown = replace(shown, boxes=self._tightened(number, shown.boxes, shown.class_ids))
        state, verified = verify(state, image, shown)
        state, kinds = look_over(state, image, area)
        self._take(number, (state, [*(each.kind for each in verified), *kinds]), round_number, AREAS)

    def _ask_images(self, pool: Pool, rng: np.random.Generator, round_number: int) -> int:
        """Let images be labelled until they have enough objects for a round; return how many images were."""
        open_ones = np.array([state.number for state in self.states if not state.is_full], np.int64)
        full = np.array([state.number for state in self.states if state.is_full], np.int64)
        own = pool.where(np.isin(pool.images, open_ones))
        features = self._image_features
        known, costs = features[full], self.ledger.costs
        labelled = dict.fromkeys(self.learner.class_ids, 0) | self._labelled()
        query = ImageQuery(open_ones, own, features[open_ones], known, labelled, costs, len(open_ones), rng)
        wanted, objects, count = self._wanted(), 0, 0
        self.before, self.verified = self.verified, []
        for index in self.plan.strategy.images(query).tolist():
            if objects >= wanted:
                break
            number = int(open_ones[index])
            before = len(self.states[number].boxes)
            self._take(number, self._label(number), round_number, self.plan.strategy.name)
            objects += len(self.states[number].boxes) - before
            count += 1
        return count

    def _label(self, number: int) -> Answered:
        state, image, plan = self.states[number], self.images[number], self.plan
        if plan.level == "image":
            return draw_image(state, image)
        predicted = self.answers[number]
        found = replace(predicted, boxes=self._tightened(number, predicted.boxes, predicted.class_ids))
        if self.tightener is not None:
            sure = predicted.scores >= plan.shown
            objects, costs = (image.boxes, image.class_ids), self.ledger.costs
            self.tightener.compare(predicted.where(sure), found.boxes[sure], *objects, costs)
        known = [*self.before, *self.verified] if plan.adapt_shown else []
        shown = worthwhile(found, known, plan.shown, self.ledger.costs)
        self.verified += verify(state, image, found)[1]
        return verify_image(state, image, found.where(shown))

    def _tightened(
        self, number: int, boxes: Float64[np.ndarray, "N 5"], class_ids: Int64[np.ndarray, "N"]
    ) -> Float64[np.ndarray, "N 5"]:
        if self.tightener is None:
            return boxes
        return self.tightener.tightened(self.tightener.model.encode(self.images[number].pixels()), boxes, class_ids)

    def _wanted(self) -> int:
        return self.plan.per_round or max(FEWEST, sum(self._labelled().values()))

    def _labelled(self) -> Counter[int]:
        """Return how many objects of each class are labelled."""
        return Counter(class_id for state in self.states for class_id in state.class_ids.tolist())

    @cached_property
    def _image_features(self) -> Float32[np.ndarray, "I D"]:
        return np.stack([self.learner.image_feature(number) for number in range(len(self.images))])

    # --- state --------------------------------------------------------------------------------------

    def _take(self, number: int, answered: Answered, round_number: int, strategy: str) -> None:
        self.states[number], kinds = answered
        if self.tightener is not None and (state := self.states[number]).is_full:
            encoding = self.tightener.model.encode(self.images[number].pixels())
            self.tightener.learn(encoding, state.boxes, state.class_ids)
        self.ledger.add([Entry(number, kind, round_number, strategy) for kind in kinds])

    def _pool(self) -> Pool:
        """Predict, unless the pool is fixed and was predicted before; Eq. 1."""
        if self.finder is not None and not (self.plan.fixed_pool and self.answers):
            lowest = min(self.plan.threshold, self.plan.shown)
            self.answers = {state.number: self.finder.answer(state.number, lowest) for state in self.states}
        return pool_of(self.answers, self.plan.threshold)

    def _judged(self) -> dict[int, Float64[np.ndarray, "_ 5"]]:
        return {state.number: state.judged for state in self.states}

    def _lessons(self) -> list[PartlyLabelled]:
        """Return what the next model learns: all images with an answer."""
        pool = pool_of(self.answers, self.plan.threshold)
        free = pool.where(is_free(pool, self._judged()))
        return [
            teach(state, free.of_image(state.number), self.images[state.number].ignored, self.plan.teaching)
            for state in self.states
            if state.is_full or len(state.judged)
        ]

    def _point(self) -> Point:
        assert self.finder is not None
        found = None
        if self.answers:
            objects = [(n, self.images[n].boxes) for n in self.answers if not self.states[n].is_full]
            found = recall(pool_of(self.answers, self.plan.threshold), objects)
        return Point(self.ledger.totals(), self._measure(self.finder), found)
