"""From prompts to a stored answer: one request, one event of the log, whether the model could answer or not."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from fewclicks.answers import Answer
from fewclicks.application.answers import ANSWERS
from fewclicks.application.answers.ask import Ask
from fewclicks.application.attempts import NoAnswerError, attempted
from fewclicks.application.changed import Changed, changed
from fewclicks.application.models import Installed
from fewclicks.application.requests import PromptRequest
from fewclicks.application.workspace import Workspace
from fewclicks.errors import ConflictError, InputError, ModelError, NotFoundError
from fewclicks.methods.spec import Role
from fewclicks.model import Options, Response
from fewclicks.prompts import ClassClick
from fewclicks.store.events import Outcome, Request
from fewclicks.store.log import Log

AT_ONCE = 0.0  # seconds that a prompt spends on parts of a large image beyond those that it and the view need
FURTHER = 0.5  # seconds that each further request spends on the remaining parts

Asking = Callable[[Log], Ask]


@dataclass(frozen=True, slots=True)
class Advance:
    """How much of an image is answered, 0..1, and what changed, if there is something new to show."""

    progress: float
    changed: Changed | None


def respond(workspace: Workspace, request: PromptRequest) -> Changed:
    """Store the prompts with their answer; if the model fails, store the prompts alone and what went wrong.

    Raises InputError for prompts that the model refuses, NotFoundError and ConflictError; nothing is stored then.
    """
    installed = workspace.models.get(request.model)
    _check_kinds(installed.role, request)
    kind = ANSWERS[installed.role.task].kind(request)
    logged = Request(request.id, "respond", kind, request.payload, request.image_id, request.seconds)
    return _answered(
        workspace, installed, logged, _asking(workspace, installed, request), Options(request.view, AT_ONCE)
    )


def retry(workspace: Workspace, image_id: int, annotation_id: str, request_id: str) -> Changed:
    """Answer the stored prompts of an annotation again. Raises ModelError when the model fails again."""
    payload = {"image_id": image_id, "annotation_id": annotation_id}
    logged = Request(request_id, "retry", "retry", payload, image_id)
    with workspace.project.in_order():
        with workspace.project.reading() as state:
            event = state.known(logged)
            if event is not None:
                return changed(state, event)
            snapshot, method = state.annotation(annotation_id), state.asked_method(annotation_id)
        if snapshot is None or snapshot.image_id != image_id:
            raise NotFoundError(f"there is no annotation {annotation_id!r} in image {image_id}")
        if snapshot.state != "proposed" or not snapshot.prompts or method is None:
            raise ConflictError(f"annotation {annotation_id!r} has no prompts that wait for an answer")
        installed = workspace.models.get(method)

        def asking(state: Log) -> Ask:
            answers, image = ANSWERS[installed.role.task], state.image(image_id)
            return answers.ask_again(state, installed.info, image, snapshot, workspace.caches)

        return _answered(workspace, installed, logged, asking, Options(seconds=AT_ONCE), must_answer=True)


def advance(workspace: Workspace, request: PromptRequest) -> Advance:
    """Answer further parts of a large image; what is new is stored as an event that undo passes over.

    If the prompts changed meanwhile, their newer answer stays. Raises what goes wrong.
    """
    installed = workspace.models.get(request.model)
    logged = Request(request.id, "rest", "rest", request.payload, request.image_id)
    asking = _asking(workspace, installed, request)
    with workspace.project.reading() as state:
        event = state.known(logged)
        if event is not None:
            return Advance(0.0, changed(state, event))
        asked = asking(state)
    before = workspace.answering.previous(installed, asked) or asked.remembered
    response = _response(workspace, installed, asked, Options(request.view, FURTHER), before)
    if before is not None and response.answer is before.answer:
        return Advance(response.progress, None)
    with workspace.project.changing() as state:
        now = asking(state)  # something may have been accepted meanwhile
        is_latest = workspace.answering.previous(installed, now) is response
        if now.prompts != asked.prompts or not is_latest:
            return Advance(before.progress if before is not None else 0.0, None)
        return Advance(response.progress, changed(state, state.append(logged, now.answered(response))))


def _check_kinds(role: Role, request: PromptRequest) -> None:
    takes = [prompt.kind for prompt in role.prompts]
    for prompt in request.prompts:
        if prompt.get("type", ClassClick.kind) not in takes:
            raise InputError(f"the model {role.name} takes {_words(takes)}, not {_words([prompt['type']])}")


def _words(kinds: Sequence[str]) -> str:
    return ", ".join(kind.replace("_", " ") for kind in kinds)


def _asking(workspace: Workspace, installed: Installed, request: PromptRequest) -> Asking:
    def asking(state: Log) -> Ask:
        image = state.measured_image(request.image_id)
        return ANSWERS[installed.role.task].ask(state, installed.info, image, request, workspace.caches)

    return asking


def _answered(
    workspace: Workspace,
    installed: Installed,
    logged: Request,
    asking: Asking,
    options: Options,
    must_answer: bool = False,
) -> Changed:
    with workspace.project.in_order():
        with workspace.project.reading() as state:
            event = state.known(logged)
            if event is not None:
                return changed(state, event)
            asked = asking(state)
        outcome = _outcome(workspace, installed, asked, options)
        if must_answer and outcome.error is not None:
            raise ModelError(outcome.error)
        with workspace.project.changing() as state:
            return changed(state, state.append(logged, outcome))


def _outcome(workspace: Workspace, installed: Installed, asked: Ask, options: Options) -> Outcome:
    """The answer, or why there is none. Raises InputError when the model refuses the prompts themselves."""
    started = time.perf_counter()

    def answer() -> Outcome:
        before = workspace.answering.previous(installed, asked) or asked.remembered
        return asked.answered(_response(workspace, installed, asked, options, before))

    try:
        outcome = attempted(workspace, asked.image, installed, answer)
    except NoAnswerError as error:
        return asked.unanswered(str(error))
    return replace(outcome, model_ms=(time.perf_counter() - started) * 1000)


def _response(
    workspace: Workspace,
    installed: Installed,
    asked: Ask,
    options: Options,
    before: Response[Answer, object] | None,
) -> Response[Answer, object]:
    """The model's response, with examples from other images."""
    prompts = asked.prompts
    prompts = replace(prompts, examples=workspace.examples.elsewhere(installed, prompts.all, asked.elsewhere))
    return workspace.answering.respond(installed, asked, prompts, options, before)
