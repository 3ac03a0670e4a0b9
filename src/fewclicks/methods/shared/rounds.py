"""Answers round by round: each round of prompts corrects the mask that answered the rounds before it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import takewhile

from fewclicks.answers import MaskAnswer
from fewclicks.errors import InputError
from fewclicks.geometry.masks import Mask
from fewclicks.methods.shared.object_prompts import ObjectPrompts, Round
from fewclicks.model import Response
from fewclicks.prompts import AnotherMask, MaskPrompt, Prompts

OVERHEAD = 4096  # bytes that a round takes in memory besides its masks
NO_OTHER_MASK = "there is no other mask for this click; to correct this mask, click where it is wrong"

Answering = Callable[[ObjectPrompts, Mask | None], MaskAnswer]
"""Answers all prompts so far, given the mask before the last round of them, or None. With `turns`, it turns to another
mask, and raises InputError without one.
"""


@dataclass(frozen=True, slots=True, eq=False)
class RoundsMemo:
    """Rounds of prompts and the answer to each, given the ones before it."""

    rounds: tuple[Round, ...]
    answers: tuple[MaskAnswer, ...]

    @property
    def nbytes(self) -> int:
        masks = [prompt.mask for given in self.rounds for prompt in given if isinstance(prompt, MaskPrompt)]
        held = sum(answer.nbytes for answer in self.answers) + sum(mask.crop.nbytes for mask in masks)
        return held + OVERHEAD * len(self.rounds)

    def answers_to(self, rounds: tuple[Round, ...]) -> tuple[MaskAnswer, ...]:
        """The answers to the longest prefix that `rounds` shares with these."""
        pairs = zip(self.rounds, rounds, strict=False)
        return self.answers[: sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))]


def answer_rounds(
    prompts: Prompts,
    size_hw: tuple[int, int],
    previous: Response[MaskAnswer, RoundsMemo] | None,
    answering: Answering,
) -> Response[MaskAnswer, RoundsMemo]:
    """The answer to the last round. Rounds that `previous` answers already are not answered again.

    A round with a `MaskPrompt` starts again from that mask: prompts of earlier rounds do not count any more. The other
    prompts of the round correct the mask; without others the mask itself is the answer. Rounds of `AnotherMask` answer
    the round before them again, with another mask. Empty rounds are skipped. Raises InputError without prompts, for a
    mask of another size, for `AnotherMask` beside other prompts, and what `answering` raises.
    """
    rounds = _that_count(prompts)
    memo = previous.memo if previous is not None else None
    answers = memo.answers_to(rounds) if memo is not None else ()
    for count in range(len(answers) + 1, len(rounds) + 1):
        turns = turns_after(rounds[:count])
        corrected = count - turns
        before = answers[corrected - 2].mask if corrected > 1 else None
        answers += (_answer(rounds[:corrected], turns, before, size_hw, answering),)
    memo = RoundsMemo(rounds, answers)
    return Response(answers[-1], memo, nbytes=memo.nbytes)


def _that_count(prompts: Prompts) -> tuple[Round, ...]:
    rounds = tuple(given for given in prompts.rounds if given)
    if not rounds:
        raise InputError("expected a box, four extreme points or a click, got nothing")
    starts = [number for number, given in enumerate(rounds) if any(isinstance(each, MaskPrompt) for each in given)]
    return rounds[starts[-1] :] if starts else rounds


def turns_after(rounds: tuple[Round, ...]) -> int:
    """Return how many rounds at the end ask for another mask. Raises InputError if the first one does, or if a round
    also has other prompts.
    """
    asks = [any(isinstance(prompt, AnotherMask) for prompt in given) for given in rounds]
    if asks[0] or any(ask and len(given) > 1 for ask, given in zip(asks, rounds, strict=True)):
        raise InputError("a request for another mask must follow an answer, in a round of its own; click first")
    return sum(1 for _ in takewhile(bool, reversed(asks)))


def _answer(
    rounds: tuple[Round, ...], turns: int, before: Mask | None, size_hw: tuple[int, int], answering: Answering
) -> MaskAnswer:
    """The answer to the last of `rounds`, turned to another mask so many times."""
    given = [prompt.mask for prompt in rounds[-1] if isinstance(prompt, MaskPrompt)]
    if given:
        before = _checked(given[-1], size_hw)
        if len(given) == len(rounds[-1]):
            if turns:
                raise InputError(NO_OTHER_MASK)
            return MaskAnswer.of(before)
    prompts = ObjectPrompts.of(rounds, size_hw, before is not None and before.area > 0)
    return answering(replace(prompts, turns=turns), before)


def _checked(mask: Mask, size_hw: tuple[int, int]) -> Mask:
    """The mask as its tight crop, since masks that are equal must give equal answers."""
    if mask.size_hw != size_hw:
        (height, width), (rows, columns) = mask.size_hw, size_hw
        raise InputError(f"expected a mask of {columns}x{rows} pixels, the size of the image, got {width}x{height}")
    return mask.tight()
