"""Answers to prompts: each request becomes one event of the log, even when the model fails."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from fewclicks.answers import Answer
from fewclicks.application.answers import ANSWERS
from fewclicks.application.answers.ask import Ask
from fewclicks.application.attempts import NoAnswerError, attempted
from fewclicks.application.changed import Changed, changed
from fewclicks.application.models import Installed
from fewclicks.application.requests import PromptRequest
from fewclicks.application.understood import understood
from fewclicks.application.workspace import Workspace
from fewclicks.errors import ConflictError, ModelError, NotFoundError
from fewclicks.methods.shared.prompt_kinds import wrong_kind
from fewclicks.methods.spec import Role
from fewclicks.model import Options, Response
from fewclicks.prompts import ClassClick
from fewclicks.store.events import Outcome, Request
from fewclicks.store.log import Log
from fewclicks.store.snapshots import Snapshot
from fewclicks.store.versions import check_seen

ATTEMPTS = 3
CHANGED_MEANWHILE = "another page changed the prompts while the model worked; try again"
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
    logged = Request(request.id, "respond", kind, request.payload, request.image_id, request.seconds, request.author)
    return _answered(
        workspace, installed, logged, _resolving(workspace, installed, request), Options(request.view, AT_ONCE)
    )


def retry(
    workspace: Workspace,
    image_id: int,
    annotation_id: str,
    request_id: str,
    author: str = "",
    version: str | None = None,
) -> Changed:
    """Answer the stored prompts of an annotation again.

    version: that of the annotation which the client saw; None: any. Raises OutdatedError if others have changed it
    since, ModelError when the model fails again.
    """
    payload = {"image_id": image_id, "annotation_id": annotation_id, "version": version}
    logged = Request(request_id, "retry", "retry", payload, image_id, author=author)

    def unanswered(state: Log) -> Snapshot:
        check_seen(state, image_id, annotation_id, author, version)
        return _unanswered(state, image_id, annotation_id)

    with workspace.project.reading() as state:
        event = state.known(logged)
        if event is not None:
            return changed(state, event)
        unanswered(state)
        method = state.asked_method(annotation_id)
    if method is None:
        raise _nothing_to_answer(annotation_id)
    installed = workspace.models.get(method)

    def resolve(state: Log) -> Ask:
        image = state.image(image_id)
        return ANSWERS[installed.role.task].ask_again(state, installed.info, image, unanswered(state), workspace.caches)

    return _answered(workspace, installed, logged, resolve, Options(seconds=AT_ONCE), must_answer=True)


def _unanswered(state: Log, image_id: int, annotation_id: str) -> Snapshot:
    snapshot = state.annotation(annotation_id)
    if snapshot is None or snapshot.image_id != image_id:
        raise NotFoundError(f"no annotation {annotation_id!r} in image {image_id}; reload the page")
    if snapshot.state == "deleted" or not snapshot.prompts:
        raise _nothing_to_answer(annotation_id)
    return snapshot


def _nothing_to_answer(annotation_id: str) -> ConflictError:
    return ConflictError(f"annotation {annotation_id!r} has no unanswered prompts; reload the page")


def advance(workspace: Workspace, request: PromptRequest) -> Advance:
    """Answer further parts of a large image and store the new answer as an event that undo skips.

    If the prompts have changed since, their newer answer stays. Raises the errors of the model.
    """
    workspace.project.check_writable()
    installed = workspace.models.get(request.model)
    logged = Request(request.id, "rest", "rest", request.payload, request.image_id, author=request.author)
    resolve = _resolving(workspace, installed, request)
    with workspace.project.reading() as state:
        event = state.known(logged)
        if event is not None:
            return Advance(0.0, changed(state, event))
        resolved = resolve(state)
    before = workspace.answering.previous(installed, resolved) or resolved.remembered
    response = response_to(workspace, installed, resolved, Options(request.view, FURTHER), before)
    if before is not None and response.answer is before.answer:
        return Advance(response.progress, None)
    with workspace.project.changing() as state:
        if (event := state.known(logged)) is not None:
            return Advance(response.progress, changed(state, event))
        now = resolve(state)  # a person may have accepted suggestions since
        is_latest = workspace.answering.previous(installed, now) is response
        if now.prompts != resolved.prompts or not is_latest:
            return Advance(before.progress if before is not None else 0.0, None)
        return Advance(response.progress, changed(state, state.append(logged, now.answered(response))))


def _check_kinds(role: Role, request: PromptRequest) -> None:
    accepted = [prompt.kind for prompt in role.prompts]
    for prompt in request.prompts:
        kind = prompt.get("type", ClassClick.kind)
        if kind not in accepted:
            raise wrong_kind(role.name, kind, accepted)


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
    """Answer and store the answer; requests about one image wait for each other, and no other change waits.

    If the prompts have changed while the model ran, the new ones are answered. When that happens in every attempt, the
    prompts are stored without an answer.
    """
    workspace.project.check_writable()
    with workspace.answering.in_order(logged.image_id):
        for _ in range(ATTEMPTS):
            done = _attempt(workspace, installed, logged, resolve, options, must_answer)
            if done is not None:
                return done
    if must_answer:
        raise ModelError(CHANGED_MEANWHILE)
    with workspace.project.changing() as state:
        return changed(state, state.append(logged, resolve(state).unanswered(CHANGED_MEANWHILE)))


def _attempt(
    workspace: Workspace,
    installed: Installed,
    logged: Request,
    resolve: Resolve,
    options: Options,
    must_answer: bool,
) -> Changed | None:
    """Answer the present prompts; return None, with nothing stored, if others are present when the model has ended."""
    with workspace.project.reading() as state:
        event = state.known(logged)
        if event is not None:
            return changed(state, event)
        seq, resolved = state.next_seq(), resolve(state)
    reply = _reply(workspace, installed, resolved, options)
    if must_answer and reply.error is not None:
        raise ModelError(reply.error)
    with workspace.project.changing() as state:
        event = state.append_as(seq, logged, reply.outcome)
        if event is not None:
            return changed(state, event)
        now = resolve(state)
        if now.prompts != resolved.prompts:
            return None
        return changed(state, state.append(logged, reply.outcome_of(now)))


@dataclass(frozen=True, slots=True)
class _Reply:
    """The changes by an answer, and how to find them again when other things have changed since."""

    outcome: Outcome
    outcome_of: Callable[[Ask], Outcome]

    @property
    def error(self) -> str | None:
        return self.outcome.error


def _reply(workspace: Workspace, installed: Installed, resolved: Ask, options: Options) -> _Reply:
    """Return the changes by the answer, or by its error. Raises InputError when the model rejects the prompts."""
    started = time.perf_counter()

    def answer() -> tuple[Response[Answer, object], Outcome]:
        before = workspace.answering.previous(installed, resolved) or resolved.remembered
        response = response_to(workspace, installed, resolved, options, before)
        return response, resolved.answered(response)

    try:
        response, outcome = attempted(workspace, resolved.image, installed, answer)
    except NoAnswerError as error:
        message = str(error)
        return _Reply(resolved.unanswered(message), lambda now: now.unanswered(message))
    model_ms = (time.perf_counter() - started) * 1000
    return _Reply(replace(outcome, model_ms=model_ms), lambda now: replace(now.answered(response), model_ms=model_ms))


def response_to(
    workspace: Workspace,
    installed: Installed,
    resolved: Ask,
    options: Options,
    before: Response[Answer, object] | None,
) -> Response[Answer, object]:
    """Return the model's response, which also uses examples from other images. Raises the errors of the model."""
    rounds = tuple(understood(installed.role, each) for each in resolved.prompts.rounds)
    elsewhere = {image_id: understood(installed.role, each) for image_id, each in resolved.elsewhere.items()}
    prompts = replace(resolved.prompts, rounds=rounds)
    prompts = replace(prompts, examples=workspace.examples.elsewhere(installed, prompts.all, elsewhere))
    return workspace.answering.respond(installed, resolved, prompts, options, before)
