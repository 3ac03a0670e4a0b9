"""Answers to prompts: each request becomes one event of the log, even when the model fails."""

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

AT_ONCE = 0.0  # seconds for parts of a large image beyond those of the prompt and the view
FURTHER = 0.5  # seconds for remaining parts in each further request

Resolve = Callable[[Log], Ask]


@dataclass(frozen=True, slots=True)
class Advance:
    """The progress of an answer, 0..1, and the change, if there is a new one to show."""

    progress: float
    changed: Changed | None


def respond(workspace: Workspace, request: PromptRequest) -> Changed:
    """Store the prompts with their answer; if the model fails, store the prompts and the error.

    Raises InputError for prompts that the model rejects, NotFoundError and ConflictError; nothing is stored then.
    """
    installed = workspace.models.get(request.model)
    _check_kinds(installed.role, request)
    kind = ANSWERS[installed.role.task].kind(request)
    logged = Request(request.id, "respond", kind, request.payload, request.image_id, request.seconds)
    return _answered(
        workspace, installed, logged, _resolving(workspace, installed, request), Options(request.view, AT_ONCE)
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
            raise NotFoundError(f"no annotation {annotation_id!r} in image {image_id}; reload the page")
        if snapshot.state != "proposed" or not snapshot.prompts or method is None:
            raise ConflictError(f"annotation {annotation_id!r} has no unanswered prompts; reload the page")
        installed = workspace.models.get(method)

        def resolve(state: Log) -> Ask:
            answers, image = ANSWERS[installed.role.task], state.image(image_id)
            return answers.ask_again(state, installed.info, image, snapshot, workspace.caches)

        return _answered(workspace, installed, logged, resolve, Options(seconds=AT_ONCE), must_answer=True)


def advance(workspace: Workspace, request: PromptRequest) -> Advance:
    """Answer further parts of a large image and store the new answer as an event that undo skips.

    If the prompts have changed since, their newer answer stays. Raises the errors of the model.
    """
    installed = workspace.models.get(request.model)
    logged = Request(request.id, "rest", "rest", request.payload, request.image_id)
    resolve = _resolving(workspace, installed, request)
    with workspace.project.reading() as state:
        event = state.known(logged)
        if event is not None:
            return Advance(0.0, changed(state, event))
        resolved = resolve(state)
    before = workspace.answering.previous(installed, resolved) or resolved.remembered
    response = _response(workspace, installed, resolved, Options(request.view, FURTHER), before)
    if before is not None and response.answer is before.answer:
        return Advance(response.progress, None)
    with workspace.project.changing() as state:
        now = resolve(state)  # a person may have accepted suggestions since
        is_latest = workspace.answering.previous(installed, now) is response
        if now.prompts != resolved.prompts or not is_latest:
            return Advance(before.progress if before is not None else 0.0, None)
        return Advance(response.progress, changed(state, state.append(logged, now.answered(response))))


def _check_kinds(role: Role, request: PromptRequest) -> None:
    accepted = [prompt.kind for prompt in role.prompts]
    for prompt in request.prompts:
        if prompt.get("type", ClassClick.kind) not in accepted:
            raise InputError(f"the model {role.name!r} accepts {_words(accepted)}, not {_words([prompt['type']])}")


def _words(kinds: Sequence[str]) -> str:
    return ", ".join(kind.replace("_", " ") for kind in kinds)


def _resolving(workspace: Workspace, installed: Installed, request: PromptRequest) -> Resolve:
    def resolve(state: Log) -> Ask:
        image = state.measured_image(request.image_id)
        return ANSWERS[installed.role.task].ask(state, installed.info, image, request, workspace.caches)

    return resolve


def _answered(
    workspace: Workspace,
    installed: Installed,
    logged: Request,
    resolve: Resolve,
    options: Options,
    must_answer: bool = False,
) -> Changed:
    with workspace.project.in_order():
        with workspace.project.reading() as state:
            event = state.known(logged)
            if event is not None:
                return changed(state, event)
            resolved = resolve(state)
        outcome = _outcome(workspace, installed, resolved, options)
        if must_answer and outcome.error is not None:
            raise ModelError(outcome.error)
        with workspace.project.changing() as state:
            return changed(state, state.append(logged, outcome))


def _outcome(workspace: Workspace, installed: Installed, resolved: Ask, options: Options) -> Outcome:
    """Return the changes by the answer, or the error. Raises InputError when the model rejects the prompts."""
    started = time.perf_counter()

    def answer() -> Outcome:
        before = workspace.answering.previous(installed, resolved) or resolved.remembered
        return resolved.answered(_response(workspace, installed, resolved, options, before))

    try:
        outcome = attempted(workspace, resolved.image, installed, answer)
    except NoAnswerError as error:
        return resolved.unanswered(str(error))
    return replace(outcome, model_ms=(time.perf_counter() - started) * 1000)


def _response(
    workspace: Workspace,
    installed: Installed,
    resolved: Ask,
    options: Options,
    before: Response[Answer, object] | None,
) -> Response[Answer, object]:
    """Return the model's response, which also uses examples from other images."""
    prompts = resolved.prompts
    prompts = replace(prompts, examples=workspace.examples.elsewhere(installed, prompts.all, resolved.elsewhere))
    return workspace.answering.respond(installed, resolved, prompts, options, before)
