"""The project: its classes and methods, and whether the server lives."""

from fastapi import APIRouter

from fewclicks.server.conversion import change_answer, class_rows, project_answer
from fewclicks.server.schemas import ChangeAnswer, ClassesRequest, ProjectAnswer
from fewclicks.server.services import Served
from fewclicks.store.classes import class_change
from fewclicks.store.events import Outcome, Request

router = APIRouter(prefix="/api")


@router.get("/health")
def health() -> dict[str, str]:
    return {"status": "ok"}


@router.get("/project")
def get_project(services: Served) -> ProjectAnswer:
    with services.project.reading() as log:
        return project_answer(services, log)


@router.put("/classes")
def put_classes(body: ClassesRequest, services: Served) -> ChangeAnswer:
    """Make these the classes, once: a repeated request undoes no later edit."""
    request = Request(body.id, "classes", "classes", body.model_dump(mode="json"))
    with services.project.changing() as log:
        event = log.known(request)
        if event is None:
            event = log.append(request, Outcome(classes=class_change(log, class_rows(body.classes))))
        return change_answer(log, event)
