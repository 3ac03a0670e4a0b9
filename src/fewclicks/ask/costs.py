"""What answers cost a person, in seconds.

Drawing a box takes 7 s (extreme clicking: Papadopoulos et al. 2017), verifying one 1.6 s (box verification:
Papadopoulos et al. 2016), correcting one both; a look at an image or area 4 s, a click 3 s (corrective-clicks).
"""

from dataclasses import dataclass
from typing import Literal

from fewclicks.simulation.time_model import HAND_BOX_SECONDS, LOOK_SECONDS, NEXT_CLICK_SECONDS

Kind = Literal["drawn", "right", "corrected", "background", "click", "look"]
OBJECT_KINDS: tuple[Kind, ...] = ("drawn", "right", "corrected")
VERIFY_SECONDS = 1.6


@dataclass(frozen=True, slots=True)
class Costs:
    """Seconds of a person for each kind of answer.

    drawn: a box by hand. verified: a box that is right as it stands, or background. corrected: a box that is moved or
    gets another class. click: a starting click. look: an image or an area that is looked over.
    """

    drawn: float = HAND_BOX_SECONDS
    verified: float = VERIFY_SECONDS
    corrected: float = HAND_BOX_SECONDS + VERIFY_SECONDS
    click: float = NEXT_CLICK_SECONDS
    look: float = LOOK_SECONDS

    def seconds(self, kind: Kind) -> float:
        """Return the seconds of an answer of this kind."""
        by_kind: dict[Kind, float] = {
            "drawn": self.drawn,
            "right": self.verified,
            "corrected": self.corrected,
            "background": self.verified,
            "click": self.click,
            "look": self.look,
        }
        return by_kind[kind]
