"""The role `refine`: every annotated point moves to the semantic centre of its object (coarse point refinement).

A version that was trained knows its classes and scores them; the shipped one gives features, and the points of the
image tell what their classes look like (closed_form.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from jaxtyping import Float16, Float32, Float64, Int64

from fewclicks.answers import PointsAnswer
from fewclicks.images.source import ImageSource
from fewclicks.methods.locate.inference.adaptive import refined_twice
from fewclicks.methods.locate.inference.bags import sampled
from fewclicks.methods.locate.inference.closed_form import class_scores
from fewclicks.methods.locate.inference.refinement import Constraints, refined
from fewclicks.methods.locate.inference.runtime import MAIN, NetworkInfo, Runtime
from fewclicks.methods.locate.options import RefineOptions
from fewclicks.methods.shared.points.annotated import Annotated, annotated_points
from fewclicks.methods.shared.points.reading import reading_scale
from fewclicks.methods.shared.points.windowed import WindowedModel, in_time
from fewclicks.methods.shared.points.windows import ReadWindow, windows_of
from fewclicks.methods.spec import Files
from fewclicks.model import COMPLETE, Encoding, Options, Response
from fewclicks.prompts import Prompts

Maps = Float32[np.ndarray, "D h w"]
MOST_KEPT = 192 << 20  # bytes of maps in a memo
DELTA_1 = 0.1
TYPICAL_SHARE = 0.5  # delta_1 in usual scores of the class


@dataclass(frozen=True, slots=True, eq=False)
class Moved:
    """What was computed for these points: by window a row for each of its points, with x, y, score and R.

    R is that of its last bag, in cells; 0 for a point of an unknown class. maps: those of the windows that were read
    first, up to MOST_KEPT bytes; further points need not read them again.
    """

    key: object = None
    scale: float = 0.0
    by_window: Mapping[int, Float64[np.ndarray, "M 4"]] = field(default_factory=dict)
    maps: Mapping[int, Float16[np.ndarray, "D h w"]] = field(default_factory=dict)

    @property
    def nbytes(self) -> int:
        return sum(each.nbytes for each in (*self.by_window.values(), *self.maps.values()))

    @property
    def reaches(self) -> Float64[np.ndarray, "N"]:
        """The R of each point of a known class, in cells, window by window."""
        found = np.concatenate([np.zeros(0), *(rows[:, 3] for rows in self.by_window.values())])
        return found[found > 0]

    def with_maps(self, number: int, maps: Float16[np.ndarray, "D h w"]) -> "Moved":
        """Return the memo with the maps of a window, if there is room."""
        held = sum(each.nbytes for each in self.maps.values())
        return self if held + maps.nbytes > MOST_KEPT else replace(self, maps={**self.maps, number: maps})


class RefineModel(WindowedModel[Moved]):
    """A refiner for images of any size. At which scale an image is read depends on its points (reading.py)."""

    def __init__(self, files: Files, threads: int, options: RefineOptions) -> None:
        """Load a version; `threads` 0 uses all cores. Raises InputError."""
        self._runtime = Runtime(files[MAIN], "refine", threads)
        self.network = self._runtime.network
        self.spacing = options.spacing or self.network.spacing
        super().__init__(self.network.model)
        self.constraints = Constraints(
            options.radius or self.network.radius,
            _lowest(self.network) if options.lowest is None else options.lowest,
            self.network.relative if options.relative is None else options.relative,
            options.by_class,
            None if options.nearest == "off" else options.nearest,
            options.star,
            options.adaptive,
        )

    def respond(
        self,
        encoding: Encoding[ImageSource],
        prompts: Prompts,
        previous: Response[PointsAnswer, Moved] | None = None,
        options: Options = COMPLETE,
    ) -> Response[PointsAnswer, Moved]:
        """Return a point for each prompt, with its target and the score of its class there.

        Points of classes that the version does not know stay, with the score 0. Of a large image, windows answer for
        `options.seconds`, at least one; until then the points of the others stay.
        """
        annotated = annotated_points(prompts, encoding.size_hw, self.info.role)
        scale = self.network.scale
        if scale is None:
            scale = reading_scale(annotated.points_xy, annotated.class_ids, encoding.size_hw, self.spacing)
        windows = windows_of(encoding.size_hw, scale)
        wanted = [number for number, window in enumerate(windows) if window.owns(annotated.points_xy).any()]
        memo = self._start(annotated, scale, previous)
        for number in in_time([each for each in wanted if each not in memo.by_window], options.seconds):
            memo = self._advanced(memo, encoding.data, number, windows, annotated)
        answer = _answer(annotated, windows, memo, encoding.size_hw)
        progress = len(memo.by_window) / len(wanted) if wanted else 1.0
        return Response(answer, memo, progress, answer.nbytes + memo.nbytes)

    def _start(self, annotated: Annotated, scale: float, previous: Response[PointsAnswer, Moved] | None) -> Moved:
        before = previous.memo if previous is not None else None
        if before is None or before.scale != scale:
            return Moved(annotated.key, scale)
        return before if before.key == annotated.key else Moved(annotated.key, scale, {}, before.maps)

    def _advanced(
        self, memo: Moved, image: ImageSource, number: int, windows: tuple[ReadWindow, ...], annotated: Annotated
    ) -> Moved:
        maps = memo.maps.get(number)
        if maps is None:
            maps = self._runtime.maps(windows[number].read(image, memo.scale)).astype(np.float16)
            memo = memo.with_maps(number, maps)
        rows = self._refined(maps.astype(np.float32), windows[number], memo.scale, annotated)
        return replace(memo, by_window={**memo.by_window, number: rows})

    def _refined(
        self, maps: Maps, window: ReadWindow, scale: float, annotated: Annotated
    ) -> Float64[np.ndarray, "M 4"]:
        """Return x, y, score and R for the points that the window owns, in their order."""
        seen = window.sees(annotated.points_xy)
        to_cells = scale / self.network.stride
        corner = np.array(window.outer[:2], np.float64)
        points, class_ids = (annotated.points_xy[seen] - corner) * to_cells, annotated.class_ids[seen]
        classes = np.array(self.network.class_ids, np.int64) if self.network.class_ids else np.unique(class_ids)
        known = np.isin(class_ids, classes)
        order = np.argsort(classes)
        channels = order[np.searchsorted(classes, class_ids[known], sorter=order)]
        rows = np.column_stack([annotated.points_xy[seen], np.zeros((len(points), 2))])
        if known.any():
            height, width = (-(-side // self.network.stride) for side in window.size_at(scale))
            scores = self._scores(maps, points[known], channels, len(classes))
            scores = scores[:, :height, :width]  # no bag reaches into the padding, whose cells repeat the border
            centres, reaches = self._centres(scores, points[known], channels)
            at = sampled(scores, centres)[channels, np.arange(len(channels))]
            rows[known] = np.column_stack([centres / to_cells + corner, at, reaches])
        return rows[window.owns(annotated.points_xy)[seen]]

    def _centres(
        self, scores: Maps, points: Float64[np.ndarray, "N 2"], channels: Int64[np.ndarray, "N"]
    ) -> tuple[Float64[np.ndarray, "N 2"], Int64[np.ndarray, "N"]]:
        if self.constraints.adaptive:
            return refined_twice(scores, points, channels, self.constraints)
        centres = refined(scores, points, channels, self.constraints)
        return centres, np.full(len(points), self.constraints.radius, np.int64)

    def _scores(
        self, maps: Maps, points: Float64[np.ndarray, "N 2"], channels: Int64[np.ndarray, "N"], count: int
    ) -> Float32[np.ndarray, "K h w"]:
        if self.network.class_ids:
            return 1 / (1 + np.exp(-maps))
        return class_scores(maps, points, channels, count)


def _lowest(network: NetworkInfo) -> float | tuple[float, ...]:
    """Return delta_1, the paper's where the usual scores are unknown.

    How high a class scores depends on its points and on the training. After 500 steps the median score at the points
    was 0.25 for nuclei but 0.10 for red cells, so that the paper's 0.1 kept half of these cells in place.
    """
    return tuple(TYPICAL_SHARE * each for each in network.typical) or DELTA_1


def _answer(
    annotated: Annotated, windows: tuple[ReadWindow, ...], memo: Moved, size_hw: tuple[int, int]
) -> PointsAnswer:
    rows = np.column_stack([annotated.points_xy, np.zeros((len(annotated), 2))])
    for number, found in memo.by_window.items():
        rows[windows[number].owns(annotated.points_xy)] = found
    inside = np.clip(rows[:, :2], 0, size_hw[::-1])
    return PointsAnswer(inside, rows[:, 2], annotated.class_ids, annotated.targets)
