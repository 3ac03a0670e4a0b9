"""Whether a detector that has few images gains from reading them at several sizes.

It does if objects of one class differ in size. Often they do not, such as cells under a microscope. Then their size
tells them from other things, and training at other sizes hides that.
"""

from collections.abc import Sequence

import numpy as np

from fewclicks.datasets.partly_labelled import PartlyLabelled

SIZES = 0.7, 1.4  # training also shrinks and enlarges images by these factors
LEAST_SPREAD = 0.2  # of objects that differ in size
USUAL_SPREAD = 0.35  # expected of objects before any is seen
USUAL_IMAGES = 2  # images that the expectation weighs as much as
NORMAL = 1.4826  # standard deviations of a normal distribution in its median absolute deviation


def are_varied(images: Sequence[PartlyLabelled]) -> bool:
    """Return whether objects of one class differ in size.

    Their spread is a robust standard deviation of ln sqrt(w h) within the classes: the median distance from the median
    of the class, times NORMAL. A few images do not show how much the objects of other images differ, so the square of
    the spread is averaged with that of USUAL_SPREAD. Noisy boxes do not count.
    """
    labelled = [(image.boxes[~image.noisy], image.class_ids[~image.noisy]) for image in images]
    boxes = np.concatenate([np.zeros((0, 5)), *(each for each, _ in labelled)])
    class_ids = np.concatenate([np.zeros(0, np.int64), *(each for _, each in labelled)])
    sizes = np.log(boxes[:, 2] * boxes[:, 3]) / 2
    centres = {class_id: np.median(sizes[class_ids == class_id]) for class_id in np.unique(class_ids).tolist()}
    distances = np.abs(sizes - [centres[class_id] for class_id in class_ids.tolist()])
    count = sum(len(each) > 0 for each, _ in labelled)
    seen = NORMAL * float(np.median(distances)) if len(distances) else 0.0
    square = (USUAL_IMAGES * USUAL_SPREAD**2 + count * seen**2) / (USUAL_IMAGES + count)
    return square >= LEAST_SPREAD**2
