"""The contract of every model: encode an image once, then answer any number of prompts. No hidden state."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Generic, Protocol, TypeVar, runtime_checkable

from fewclicks.answers import Answer
from fewclicks.images.source import ImageSource
from fewclicks.prompts import XYXY, Example, Prompt, Prompts

E = TypeVar("E")
"""What a model computes of an image ahead of prompts."""
A = TypeVar("A", bound=Answer)
"""What it answers."""
M = TypeVar("M")
"""What it need not compute again at the next prompt."""

Detail = bool | int | float | str | Mapping[str, "Detail"]

LOWEST_SCORE = 0.05


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """Which model this is: its method and role, the version of its weights, and the classes that it knows by their ids.

    Without `classes` the prompts alone name classes, or the model is class-agnostic. details: what reports of
    measurements note about the model besides, JSON values by name.
    """

    method: str
    role: str
    version: str
    classes: Mapping[int, str] = field(default_factory=lambda: MappingProxyType({}))
    details: Mapping[str, Detail] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True, eq=False)
class Encoding(Generic[E]):
    """What a model keeps of an image of `size_hw` between answers; `nbytes` is what that takes besides the image."""

    size_hw: tuple[int, int]
    data: E
    nbytes: int


@dataclass(frozen=True, slots=True)
class Options:
    """How to answer.

    view: the window that the person sees, x0, y0, x1, y1 in pixels; a model that answers in parts begins there.
    seconds: how long a model that answers in parts may take beyond the parts that the new prompts and the view need;
    None: until the answer is complete. lowest_score: boxes of lower confidence are left out.
    """

    view: XYXY | None = None
    seconds: float | None = None
    lowest_score: float = LOWEST_SCORE


COMPLETE = Options()


@dataclass(frozen=True, slots=True, eq=False)
class Response(Generic[A, M]):
    """An answer, and what the model need not compute again.

    memo: private to the model; None when it was lost, as after a restart. progress: 0..1; below 1 the answer is still
    incomplete: call again with this response as `previous`. nbytes: memory of answer and memo.
    """

    answer: A
    memo: M | None = None
    progress: float = 1.0
    nbytes: int = 0


@runtime_checkable
class Model(Protocol[E, A, M]):
    """A method's role with its weights. Implementations derive from this class, explicitly."""

    @property
    def info(self) -> ModelInfo: ...

    def encode(self, image: ImageSource) -> Encoding[E]:
        """Read an image once: RGB uint8 [H, W, 3] in memory, or a reader of one that is too large for that.

        The image is not modified. Raises InputError for another kind of array, ModelError for an image that is too
        large for this model.
        """
        ...

    def respond(
        self,
        encoding: Encoding[E],
        prompts: Prompts,
        previous: Response[A, M] | None = None,
        options: Options = COMPLETE,
    ) -> Response[A, M]:
        """Answer all prompts so far.

        A complete answer is a pure function of `encoding`, `prompts` and `options.lowest_score`; `previous`, any
        earlier response for the same image, only saves time. While an answer is incomplete, it may be the very object
        `previous.answer`: there is nothing new to show yet.
        Raises InputError for prompts that make no sense, such as a click outside the image or a kind of prompt that the
        model does not take.
        """
        ...

    def examples(self, encoding: Encoding[E], prompts: Sequence[Prompt]) -> tuple[Example, ...]:
        """One example for each of `prompts`, to be found again in other images; none from models that take none.

        Raises InputError as `respond` does.
        """
        return ()

    def ahead(self, encoding: Encoding[E], view: XYXY) -> Sequence[Callable[[], object]]:
        """Small tasks that prepare the window `view` of a large image before the first prompt there."""
        return ()


AnyModel = Model[object, Answer, object]
"""A model whose encodings and memos are opaque to the caller."""
