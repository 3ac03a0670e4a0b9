"""Routes of images: the list, annotations, pixels, status."""

from fastapi import APIRouter, Request, Response

from fewclicks.application.answers.suggested_points import with_current_moves
from fewclicks.application.editing import set_status
from fewclicks.application.image_order import most_to_learn
from fewclicks.application.images import looked_at, opened
from fewclicks.application.workspace import Workspace
from fewclicks.errors import InputError
from fewclicks.images.files import read_for_browser
from fewclicks.server.conversion import annotation_of, change_answer, proposals_of, summary_of, undo_state
from fewclicks.server.dependencies import Author, ImageId, Served
from fewclicks.server.schemas.changes import ChangeAnswer
from fewclicks.server.schemas.images import ImageDetail, ImageSummary, StatusRequest, ViewRequest
from fewclicks.store.events import Request as Change
from fewclicks.store.records import ImageRow
from fewclicks.store.snapshots import dump

router = APIRouter(prefix="/api/images")


@router.get("", response_model=list[ImageSummary])
def list_images(served: Served) -> Response:
    """Return every image of the project, in natural order."""
    with served.project.reading() as log:
        rows = log.summaries()
    # Written without validation, which would take most of the time for 10,000 rows.
    plain = [{name: getattr(row, name) for name in ImageSummary.model_fields} for row in rows]
    return Response(dump(plain), media_type="application/json")


@router.get("/most-to-learn")
def get_most_to_learn(served: Served) -> list[int]:
    """Return the ids of images that are not done, first those from which a learning round is expected to learn most.

    Every second image is chosen at random. The list has at most 200 images. Without suggested boxes, it is empty.
    """
    with served.project.reading() as log:
        return most_to_learn(log)


@router.get("/{image_id}")
def get_image(image_id: ImageId, served: Served, author: Author) -> ImageDetail:
    """Return an image with its annotations, and encode it and the next one in the background."""
    served.look_again(image_id)
    with served.project.reading() as log:
        row, annotations = log.image(image_id), log.annotations(image_id)
        detail = ImageDetail(
            image=summary_of(log.summary(image_id)),
            annotations=[annotation_of(snapshot) for snapshot in annotations],
            proposals=proposals_of(with_current_moves(log.proposals(image_id), annotations)),
            history=undo_state(log.undo_words(author, image_id)),
        )
    opened(served, row.id)
    return detail


@router.get("/{image_id}/changed-before")
def get_changed_before(image_id: ImageId, served: Served, author: Author) -> ImageSummary | None:
    """Return the image, other than this one, with the author's latest change that can be undone; null: none."""
    with served.project.reading() as log:
        other = log.last_changed_image(author, other_than=image_id)
        return None if other is None else summary_of(log.summary(other))


@router.get("/{image_id}/file")
def get_file(image_id: ImageId, request: Request, served: Served) -> Response:
    """Return the image upright, 8 bit, RGB or gray, as JPEG or PNG."""
    row = served.image(image_id)
    tag = f'"{row.content_hash}"'
    if (known := not_modified(request, tag)) is not None:
        return known
    try:
        content, media_type = read_for_browser(served.project.image_path(row))
    except InputError as error:
        served.note_problem(row.id, error)
        raise
    return Response(content, media_type=media_type, headers=cacheable(tag))


@router.get("/{image_id}/thumbnail")
def get_thumbnail(image_id: ImageId, request: Request, served: Served) -> Response:
    """Return a JPEG of at most 160 pixels a side."""
    row = served.image(image_id)
    tag = f'"{row.content_hash}-thumbnail"'
    if (known := not_modified(request, tag)) is not None:
        return known
    return Response(_thumbnail(served, row), media_type="image/jpeg", headers=cacheable(tag))


@router.put("/{image_id}/status")
def put_status(image_id: ImageId, body: StatusRequest, served: Served, author: Author) -> ChangeAnswer:
    """Set an image to todo or done."""
    payload = {"image_id": image_id, **body.model_dump(mode="json")}
    change = Change(body.id, "status", body.status, payload, image_id, author=author)
    return change_answer(set_status(served.project, change, body.status, body.version))


@router.put("/{image_id}/view", status_code=204)
def put_view(image_id: ImageId, body: ViewRequest, served: Served) -> None:
    """Encode the visible part of a large image in the background."""
    models = served.models
    looked_at(served, image_id, models.get(body.method) if body.method else models.first_of("boxes"), body.view)


def not_modified(request: Request, tag: str) -> Response | None:
    """Return a 304 response if the client has this version, or None."""
    if request.headers.get("if-none-match") != tag:
        return None
    return Response(status_code=304, headers=cacheable(tag))


def cacheable(tag: str) -> dict[str, str]:
    """Return headers for caching with a check each time, because another project may use the same address."""
    return {"ETag": tag, "Cache-Control": "private, no-cache"}


def _thumbnail(workspace: Workspace, row: ImageRow) -> bytes:
    thumbnail = workspace.thumbnails.get(row.content_hash)
    if thumbnail is None:
        try:
            thumbnail = workspace.read_thumbnail(row)
        except InputError as error:
            workspace.note_problem(row.id, error)
            raise
        workspace.thumbnails.put(row.content_hash, thumbnail, len(thumbnail))
    return thumbnail
