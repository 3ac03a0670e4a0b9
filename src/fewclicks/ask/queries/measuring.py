"""The test mAP of a model at IoU 0.5, as `simulate boxes` measures it."""

from collections.abc import Sequence

from fewclicks.ask.queries.learning import Finder
from fewclicks.datasets.boxed_images import BoxedImage
from fewclicks.simulation.boxes.measure import average_precision, match, object_counts
from fewclicks.simulation.boxes.sessions import ground_truth

LOWEST = 0.01  # confidence of a box that takes part


class Measuring:
    """The ground truth of the test images, whose numbers begin with `first`."""

    def __init__(self, images: Sequence[BoxedImage], first: int) -> None:
        self.truths = {first + number: ground_truth(image) for number, image in enumerate(images)}
        self.counts = object_counts(self.truths.values())

    def map50(self, finder: Finder) -> float:
        """Return the mAP of a model."""
        matches = [match(finder.answer(number, LOWEST), truth) for number, truth in self.truths.items()]
        return average_precision(matches, self.counts).map50
