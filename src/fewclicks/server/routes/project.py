"""Routes of the project, its classes, and the health of the server."""

from fastapi import APIRouter

from fewclicks.application.editing import set_classes
from fewclicks.server.conversion import change_answer, class_rows, project_answer
from fewclicks.server.dependencies import Author, Served
from fewclicks.server.schemas.changes import ChangeAnswer
from fewclicks.server.schemas.project import ClassesRequest, ProjectAnswer
from fewclicks.store.events import Request

router = APIRouter(prefix="/api")


@router.get("/health")
def health() -> dict[str, str]:
    """Return that the server is running."""
    return {"status": "ok"}


@router.get("/project")
def get_project(served: Served) -> ProjectAnswer:
    """Return the project with its classes and models."""
    with served.project.reading() as log:
        return project_answer(served, log)


@router.put("/classes")
def put_classes(body: ClassesRequest, served: Served, author: Author) -> ChangeAnswer:
    """Replace the classes, once: a repeated request does not revert a later edit."""
    request = Request(body.id, "classes", "classes", body.model_dump(mode="json"), body.image_id, author=author)
    before = None if body.before is None else class_rows(body.before)
    return change_answer(set_classes(served.project, request, class_rows(body.classes), before))
