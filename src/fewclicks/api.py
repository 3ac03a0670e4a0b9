"""The public Python interface: open an installed model and prompt it. Described in docs/python.md."""

from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar, cast, overload

from pydantic import BaseModel, ValidationError

from fewclicks.answers import Answer, BoxesAnswer, MaskAnswer, PartitionAnswer, Task
from fewclicks.errors import InputError
from fewclicks.methods.lookup import find_model
from fewclicks.methods.registry import named, open_model
from fewclicks.methods.spec import Resources, Role
from fewclicks.methods.versions import user_folder
from fewclicks.model import AnyModel, Model

A = TypeVar("A", bound=Answer)
ANSWERS: Mapping[Task, type[Answer]] = {"mask": MaskAnswer, "partition": PartitionAnswer, "boxes": BoxesAnswer}
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
    weights: the main file of other weights of the model. answers: the kind of answer that you expect; the returned
    model is typed accordingly. threads: of the processor, 0 for all cores. cache_bytes: memory that the model may use
    for images. options: of the model, by name.
    Raises NotFoundError when no such model is installed, and InputError for files that are not of this model, options
    that it does not have, and when it gives other answers than `answers`.
    """
    role, files = find_model(name, weights, [user_folder()])
    if answers is not None and not issubclass(ANSWERS[role.task], answers):
        raise InputError(f"{name} answers with {ANSWERS[role.task].__name__}, not {answers.__name__}")
    return open_model(role, files, Resources(threads, cache_bytes), model_options(role, options or {}))


def model_options(role: Role, given: Mapping[str, object]) -> BaseModel | None:
    """The options of a model by their names; None for none. Raises InputError."""
    if not given:
        return None
    if role.options is None:
        raise InputError(f"the model {role.name} has no options")
    kind = cast(type[BaseModel], named(role.options))
    unknown = [name for name in given if name not in kind.model_fields]
    if unknown:
        raise InputError(f"{role.name} has no option {unknown[0]!r}; it has {', '.join(kind.model_fields)}")
    try:
        return kind(**given)
    except ValidationError as error:
        first = error.errors()[0]
        raise InputError(first["msg"], place=".".join(map(str, first["loc"]))) from error
