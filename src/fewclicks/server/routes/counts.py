"""Routes of the counts of objects by class and image."""

from dataclasses import asdict

from fastapi import APIRouter, Response

from fewclicks.application.counts import CountTable, count_objects, counts_csv
from fewclicks.server.attachments import CSV_RESPONSES, csv_attachment
from fewclicks.server.dependencies import Served
from fewclicks.server.schemas.counts import ClassCount, CountsAnswer, ImageCounts
from fewclicks.store.counts import Count
from fewclicks.store.records import ImageRow

router = APIRouter(prefix="/api")


@router.get("/counts")
def get_counts(served: Served) -> CountsAnswer:
    """Return the number of accepted objects of each class in each image, and of suggestions beside them."""
    with served.project.reading() as log:
        table = count_objects(log)
    return CountsAnswer(
        images=[_image(table, image) for image in table.images],
        total=[_class(each.id, table.total(each)) for each in table.classes],
    )


@router.get("/counts.csv", response_class=Response, responses=CSV_RESPONSES)
def get_counts_csv(served: Served) -> Response:
    """Return the counts as an attachment, with a row for each image and class."""
    with served.project.reading() as log:
        content = counts_csv(count_objects(log))
    return csv_attachment(f"{served.project.name}-counts", content)


def _image(table: CountTable, image: ImageRow) -> ImageCounts:
    counts = ((each.id, table.of(image, each)) for each in table.classes)
    classes = [_class(class_id, count) for class_id, count in counts if count != Count()]
    return ImageCounts(image_id=image.id, file_name=image.file_name, classes=classes)


def _class(class_id: int, count: Count) -> ClassCount:
    return ClassCount(class_id=class_id, **asdict(count))
