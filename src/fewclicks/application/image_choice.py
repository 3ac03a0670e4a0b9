"""The images that an export holds; imports nothing, because the command line needs the choices for its help."""

from typing import TYPE_CHECKING, Literal, assert_never

if TYPE_CHECKING:
    from fewclicks.store.records import ImageSummary

ImageChoice = Literal["labelled", "done", "all"]


def is_chosen(choice: ImageChoice, image: "ImageSummary") -> bool:
    """Return whether an export holds the image.

    An image that nobody labelled would become a background image in somebody's training. A person who sets an image
    without objects to done says that it is one.
    """
    is_done, accepted = image.status == "done", image.annotations - image.proposed
    match choice:
        case "labelled":
            return is_done or accepted > 0
        case "done":
            return is_done
        case "all":
            return True
    assert_never(choice)
