"""The contract of models: encode an image once, then answer any number of prompts, without hidden state."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Generic, Protocol, TypeVar, runtime_checkable

from fewclicks.answers import Answer
from fewclicks.images.source import ImageSource
from fewclicks.prompts import XYXY, Example, Prompt, Prompts

E = TypeVar("E")
"""The encoding of an image, computed before prompts."""
A = TypeVar("A", bound=Answer)
"""The type of answer."""
M = TypeVar("M")
"""The memo: intermediate results that save time for the next prompt."""

Detail = bool | int | float | str | Mapping[str, "Detail"]

LOWEST_SCORE = 0.05


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """A model's method, role and version, and its classes by id.

    classes: empty when only prompts name classes, or the model is class-agnostic. details: further values for reports
    of measurements, JSON values by name.
    """

    method: str
    role: str
    version: str
    classes: Mapping[int, str] = field(default_factory=lambda: MappingProxyType({}))
    details: Mapping[str, Detail] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True, eq=False)
class Encoding(Generic[E]):
    """The data of a model for an image of `size_hw`; `nbytes` is its memory without the image."""

    size_hw: tuple[int, int]
    data: E
    nbytes: int


@dataclass(frozen=True, slots=True)
class Options:
    """Options of a response.

    view: the visible window, x0, y0, x1, y1 in pixels; a model that answers in parts starts there. seconds: the time
    for parts beyond those of the new prompts and the view; None: until the answer is complete. lowest_score: the
    minimum confidence of boxes and new points. features: describe each box by a vector, if the model can.
    """

    view: XYXY | None = None
    seconds: float | None = None
    lowest_score: float = LOWEST_SCORE
    features: bool = False


COMPLETE = Options()


@dataclass(frozen=True, slots=True, eq=False)
class Response(Generic[A, M]):
    """An answer with the model's memo.

    memo: private to the model; None when it is lost, for example after a restart. progress: 0..1; below 1 the answer is
    incomplete: call again with this response as `previous`. nbytes: memory of answer and memo.
    """

    answer: A
    memo: M | None = None
    progress: float = 1.0
    nbytes: int = 0


@runtime_checkable
class Model(Protocol[E, A, M]):
    """A method's role with weights; implementations derive explicitly from this class."""

    @property
    def info(self) -> ModelInfo: ...

    def encode(self, image: ImageSource) -> Encoding[E]:
        """Encode an image: RGB uint8 [H, W, 3] in memory, or a reader of a large image.

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

        A complete answer is a pure function of `encoding`, `prompts`, `options.lowest_score` and `options.features`;
        `previous`, any earlier response for the same image, only saves time. While an answer is incomplete, it may be
        the very object `previous.answer`: there is nothing new to show yet.
        Raises InputError for invalid prompts, such as a click outside the image or an unsupported kind of prompt.
        """
        ...

    def examples(self, encoding: Encoding[E], prompts: Sequence[Prompt]) -> tuple[Example, ...]:
        """Return an example for each of `prompts`, for use in other images; none for models without examples.

        Raises InputError as `respond` does.
        """
        return ()

    def ahead(self, encoding: Encoding[E], view: XYXY) -> Sequence[Callable[[], object]]:
        """Return short tasks that prepare the window `view` of a large image before the first prompt there."""
        return ()


AnyModel = Model[object, Answer, object]
"""A model whose encodings and memos are opaque to the caller."""
