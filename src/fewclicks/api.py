"""The public Python interface: opening and prompting installed models (docs/python.md)."""

from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar, cast, overload

from pydantic import BaseModel

from fewclicks.answers import Answer, BoxesAnswer, MaskAnswer, PartitionAnswer, PointsAnswer, Task
from fewclicks.errors import InputError
from fewclicks.methods.lookup import find_model
from fewclicks.methods.named_settings import settings_from
from fewclicks.methods.registry import named, open_model
from fewclicks.methods.spec import Resources, Role
from fewclicks.methods.versions import user_folder
from fewclicks.model import AnyModel, Model

A = TypeVar("A", bound=Answer)
ANSWERS: Mapping[Task, type[Answer]] = {
    "mask": MaskAnswer,
    "partition": PartitionAnswer,
    "boxes": BoxesAnswer,
    "points": PointsAnswer,
}
CACHE_BYTES = 1 << 30


@overload
def load(
    name: str,
    weights: Path | None = None,
    *,
    threads: int = 0,
    cache_bytes: int = CACHE_BYTES,
    options: Mapping[str, object] | None = None,
) -> AnyModel: ...


@overload
def load(
    name: str,
    weights: Path | None = None,
    *,
    answers: type[A],
    threads: int = 0,
    cache_bytes: int = CACHE_BYTES,
    options: Mapping[str, object] | None = None,
) -> Model[object, A, object]: ...


def load(
    name: str,
    weights: Path | None = None,
    *,
    answers: type[A] | None = None,
    threads: int = 0,
    cache_bytes: int = CACHE_BYTES,
    options: Mapping[str, object] | None = None,
) -> AnyModel | Model[object, A, object]:
    """Open an installed model.

    name: a model ("segment") or one of your versions of it ("segment-1"), as `fewclicks models` lists them.
    weights: the main file of another version of the model. answers: the expected type of answer, which is also that of
    the returned model. threads: of the processor, 0 for all cores. cache_bytes: memory that the model may use
    for images. options: of the model, by name.
    Raises NotFoundError for an unknown model, and InputError for files of another model, unknown options, or a model
    with other answers than `answers`.
    """
    role, files = find_model(name, weights, [user_folder()])
    if answers is not None and not issubclass(ANSWERS[role.task], answers):
        raise InputError(
            f"the model {name!r} returns {ANSWERS[role.task].__name__}, not {answers.__name__}; use another"
        )
    return open_model(role, files, Resources(threads, cache_bytes), model_options(role, options or {}))


def model_options(role: Role, given: Mapping[str, object]) -> BaseModel | None:
    """Return the options of a model from their names and values, or None. Raises InputError."""
    if not given:
        return None
    if role.options is None:
        raise InputError(f"the model {role.name!r} has no options; remove them")
    return settings_from(cast(type[BaseModel], named(role.options)), given, f"the model {role.name!r}", "option")
