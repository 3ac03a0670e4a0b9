"""Background work that starts when a person opens an image."""

from collections.abc import Callable
from contextlib import suppress

from fewclicks.application.answers import ANSWERS
from fewclicks.application.models import Installed
from fewclicks.application.requests import PromptRequest
from fewclicks.application.workspace import Workspace
from fewclicks.errors import InputError, ModelError
from fewclicks.prompts import XYXY


def opened(workspace: Workspace, image_id: int) -> None:
    """Encode the image, then the next one, and make the examples that a prompt in this image will need."""
    tasks: list[Callable[[], object]] = []
    for installed in workspace.models.active.values():
        if installed.role.accepts_examples:
            tasks += _examples_ahead(workspace, installed, image_id)
    workspace.prepare(workspace.image(image_id), tasks)


def looked_at(workspace: Workspace, image_id: int, installed: Installed, view: XYXY) -> None:
    """Prepare the window of a large image that the person sees, in the background, before the first prompt there.

    Errors are left to the prompt, which reports them.
    """
    if workspace.limits.encode_ahead:
        with suppress(InputError, ModelError):
            encoding = workspace.encode(workspace.image(image_id), installed)
            workspace.encodings.prepare_view(installed.model.ahead(encoding, view))


def _examples_ahead(workspace: Workspace, installed: Installed, image_id: int) -> list[Callable[[], object]]:
    with workspace.project.reading() as state:
        image = state.image(image_id)
        if image.width == 0:
            return []
        request = PromptRequest("", image_id, installed.role.name)
        resolved = ANSWERS[installed.role.task].ask(state, installed.info, image, request, workspace.caches)
    return workspace.examples.ahead(installed, resolved.elsewhere)
