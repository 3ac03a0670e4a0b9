"""Seconds of a person, from the times measured in corrective-clicks (Sec. 5.2.2), c3det and extreme clicking."""

BOX_SECONDS = {"box": 7.0, "loose": 7.0, "extreme": 7.0, "nothing": 0.0}
REGION_SECONDS = 7.0  # four extreme points on a region (full-image-scribbles, Sec. 1)
HAND_BOX_SECONDS = 7.0  # an upright box by its extreme points
HAND_ORIENTED_BOX_SECONDS = 327.7 / 58.3  # by four clicks: seconds and interactions of an image (c3det, Sec. 6)
LOOK_SECONDS = 4.0  # to see that no click is needed
FIRST_CLICK_SECONDS = 8.0  # parsing the scene and the first click
NEXT_CLICK_SECONDS = 3.0


def round_seconds(clicks: float) -> float:
    """Seconds of one round with this many clicks; an average number of clicks is allowed."""
    if clicks <= 0:
        return LOOK_SECONDS
    if clicks < 1:
        return LOOK_SECONDS + clicks * (FIRST_CLICK_SECONDS - LOOK_SECONDS)
    return FIRST_CLICK_SECONDS + (clicks - 1) * NEXT_CLICK_SECONDS
