"""The passthrough baseline of c3det, Sec. 5.3: clicks never reach the model; they set the classes of its boxes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from fewclicks.answers import BoxesAnswer
from fewclicks.class_clicks import passed_through
from fewclicks.errors import InputError
from fewclicks.images.source import ImageSource
from fewclicks.model import COMPLETE, Encoding, Model, ModelInfo, Options, Response
from fewclicks.prompts import ClassClick, Example, Prompts


@dataclass(frozen=True, slots=True, eq=False)
class WithoutClicks:
    """The model's response without clicks, to these examples and options."""

    examples: tuple[Example, ...]
    options: Options
    response: Response[BoxesAnswer, object]

    def is_for(self, prompts: Prompts, options: Options) -> bool:
        """Whether the model would respond the same again."""
        return self.examples == prompts.examples and self.options == options and self.response.progress == 1


class Passthrough(Model[object, BoxesAnswer, object]):
    """The boxes that `model` finds without clicks; each click changes the class of the box that it hits."""

    def __init__(self, model: Model[object, BoxesAnswer, object]) -> None:
        """Raises InputError for a model that finds nothing without clicks."""
        if not model.info.classes:
            raise InputError(
                f"passthrough needs a model that finds boxes without clicks, but {model.info.version} has no "
                "classes; use another model"
            )
        self.model = model
        self._info = replace(model.info, details={**model.info.details, "variant": "passthrough"})

    @property
    def info(self) -> ModelInfo:
        return self._info

    def encode(self, image: ImageSource) -> Encoding[object]:
        """See `Model.encode`."""
        return self.model.encode(image)

    def respond(
        self,
        encoding: Encoding[object],
        prompts: Prompts,
        previous: Response[BoxesAnswer, object] | None = None,
        options: Options = COMPLETE,
    ) -> Response[BoxesAnswer, object]:
        """See `Model.respond`. Clicks may be of any class."""
        clicks = _checked(prompts, encoding.size_hw)
        memo = previous.memo if previous is not None else None
        if not (isinstance(memo, WithoutClicks) and memo.is_for(prompts, options)):
            start = memo.response if isinstance(memo, WithoutClicks) else None
            response = self.model.respond(encoding, Prompts((), prompts.examples), start, options)
            memo = WithoutClicks(prompts.examples, options, response)
        answer = passed_through(memo.response.answer, clicks)
        return Response(answer, memo, memo.response.progress, answer.nbytes + memo.response.nbytes)


def _checked(prompts: Prompts, size_hw: tuple[int, int]) -> Sequence[ClassClick]:
    clicks = [prompt for prompt in prompts.all if isinstance(prompt, ClassClick)]
    if len(clicks) < len(prompts.all):
        raise InputError("passthrough accepts only 'class_click'; use clicks")
    height, width = size_hw
    for click in clicks:
        if not (0 <= click.x <= width and 0 <= click.y <= height):  # also False for NaN
            raise InputError(
                f"the click at ({click.x:g}, {click.y:g}) is outside the {width}x{height} image; move it inside"
            )
    return clicks
