"""An answer of a model, or why there is none: whatever a model raises, what the person gave is kept."""

import logging
from collections.abc import Callable
from typing import TypeVar

from fewclicks.errors import InputError, ModelError, StorageError
from fewclicks.methods.protocol import Encoding, Method
from fewclicks.server.services import Services
from fewclicks.store.records import ImageRow

T = TypeVar("T")
log = logging.getLogger("fewclicks")


class NoAnswerError(Exception):
    """Why there is no answer, in one line."""


def attempted(services: Services, image: ImageRow, method: Method, answer: Callable[[Encoding], T]) -> T:
    """What `answer` makes of the encoded image.

    Raises NoAnswerError when the image cannot be encoded or the model fails, InputError when the model refuses what
    it was asked.
    """
    try:
        encoding = services.encode(image, method)
    except InputError as error:
        services.note_problem(image.id, error)
        raise NoAnswerError(str(error)) from error
    except Exception as error:
        raise _no_answer(method, error) from error
    try:
        return answer(encoding)
    except InputError:
        raise
    except Exception as error:
        raise _no_answer(method, error) from error


def _no_answer(method: Method, error: Exception) -> NoAnswerError:
    if isinstance(error, ModelError | StorageError):  # too large an image, or one that is not ready yet
        return NoAnswerError(str(error))
    log.error("%s could not answer", method.name, exc_info=error)
    reason = " ".join(str(error).split()) or type(error).__name__
    return NoAnswerError(f"the model could not answer: {reason}")
