"""Routes of the queue of questions about suggestions, and of the ledger of their answers."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query, Response

from fewclicks.application.answering_questions import PersonAnswer, answer, undo_answer
from fewclicks.application.questions import (
    LEASE_SECONDS,
    Question,
    ask_skipped_again,
    give_back,
    next_questions,
    progress,
    refresh,
)
from fewclicks.application.rounds import start_due_round
from fewclicks.images.files import is_large
from fewclicks.server.attachments import CSV_RESPONSES, csv_attachment
from fewclicks.server.conversion import annotation_of, change_answer
from fewclicks.server.dependencies import Author, Served
from fewclicks.server.schemas.changes import ChangeAnswer
from fewclicks.server.schemas.work import (
    AnswerRequest,
    HolderRequest,
    LedgerAnswer,
    NextAnswer,
    NextRequest,
    QuestionSchema,
    UndoAnswerRequest,
    UndoneAnswer,
    WorkProgress,
)
from fewclicks.store.events import Request
from fewclicks.work.ledger import ledger_csv, read_ledger, total_of

Holder = Annotated[str, Query(max_length=100)]
router = APIRouter(prefix="/api")


@router.get("/questions")
def get_work(served: Served, holder: Holder = "") -> WorkProgress:
    """Return how far the questions are answered."""
    return WorkProgress(**asdict(progress(served.project, holder)))


@router.post("/questions/next")
def post_next(body: NextRequest, served: Served) -> NextAnswer:
    """Hand the first open questions to a page, for some time, and to no other page meanwhile."""
    if body.refresh:
        refresh(served.project)
    questions, done = next_questions(served.project, body.holder, body.count, body.keep if body.refresh else None)
    return NextAnswer(
        questions=[_question(each) for each in questions],
        progress=WorkProgress(**asdict(done)),
        lease_seconds=LEASE_SECONDS,
    )


@router.post("/questions/answers")
def post_answer(body: AnswerRequest, served: Served, author: Author) -> ChangeAnswer:
    """Store the answer to a question."""
    payload = body.model_dump(mode="json")
    given = PersonAnswer(body.item_id, body.answer, body.class_id, payload["shape"], body.clicks)
    done = answer(served.project, body.id, author, body.seconds, given, payload)
    start_due_round(served, author)
    return change_answer(done)


@router.post("/questions/undo")
def post_undo_answer(body: UndoAnswerRequest, served: Served, author: Author) -> UndoneAnswer:
    """Undo an answer of the author, and open its question again."""
    request = Request(body.id, "undo", "undo", body.model_dump(mode="json"), None, body.seconds, author)
    done, question = undo_answer(served.project, request, body.of)
    return UndoneAnswer(change=change_answer(done), question=None if question is None else _question(question))


@router.post("/questions/give-back", status_code=204)
def post_give_back(body: HolderRequest, served: Served) -> None:
    """Let others have the questions of a page."""
    give_back(served.project, body.holder)


@router.post("/questions/skipped")
def post_skipped(body: HolderRequest, served: Served) -> WorkProgress:
    """Ask the skipped questions again."""
    return WorkProgress(**asdict(ask_skipped_again(served.project, body.holder)))


@router.get("/ledger")
def get_ledger(served: Served) -> LedgerAnswer:
    """Return every answer with its question and its cost, latest first."""
    with served.project.reading() as log:
        rows = read_ledger(log)
    return LedgerAnswer(rows=rows[::-1], total=total_of(rows))


@router.get("/ledger.csv", response_class=Response, responses=CSV_RESPONSES)
def get_ledger_csv(served: Served) -> Response:
    """Return the ledger as an attachment, with a row for each answer, oldest first."""
    with served.project.reading() as log:
        content = ledger_csv(read_ledger(log))
    return csv_attachment(f"{served.project.name}-ledger", content)


def _question(question: Question) -> QuestionSchema:
    item, image = question.item, question.image
    values = {
        "id": item.id,
        "kind": item.kind,
        "image_id": image.id,
        "file_name": image.file_name,
        "width": image.width,
        "height": image.height,
        "large": is_large(image.size_hw),
        "shape": question.shape,
        "from_xy": item.subject.get("from_xy"),
        "class_id": question.class_id,
        "confidence": question.confidence,
        "method": item.role,
        "weights": item.version,
        "strategy": item.strategy,
        "around": [annotation_of(each) for each in question.around],
    }
    return QuestionSchema.model_validate(values)
