"""Calls of a model in which every error becomes a message, so that the prompts are saved anyway."""

import logging
from collections.abc import Callable
from typing import TypeVar

from fewclicks.application.models import Installed
from fewclicks.application.workspace import Workspace
from fewclicks.errors import InputError, ModelError, StorageError
from fewclicks.store.records import ImageRow

T = TypeVar("T")
log = logging.getLogger("fewclicks")


class NoAnswerError(Exception):
    """An answer that failed, with the reason in one line."""


def attempted(workspace: Workspace, image: ImageRow, installed: Installed, answer: Callable[[], T]) -> T:
    """Encode the image and return the result of `answer`.

    Raises NoAnswerError when the image cannot be encoded or the model fails, InputError when the model rejects the
    prompts.
    """
    try:
        workspace.encode(image, installed)
    except InputError as error:
        workspace.note_problem(image.id, error)
        raise NoAnswerError(str(error)) from error
    except Exception as error:
        raise _no_answer(installed, error) from error
    try:
        return answer()
    except InputError:
        raise
    except Exception as error:
        raise _no_answer(installed, error) from error


def _no_answer(installed: Installed, error: Exception) -> NoAnswerError:
    if isinstance(error, ModelError | StorageError):  # the image is too large, or not ready yet
        return NoAnswerError(str(error))
    log.error("the model %s failed", installed.role.name, exc_info=error)
    reason = " ".join(str(error).split()) or type(error).__name__
    return NoAnswerError(f"the model failed: {reason}")
