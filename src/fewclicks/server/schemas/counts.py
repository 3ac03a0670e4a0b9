"""The REST contract of counts.

GET /api/counts       CountsAnswer
GET /api/counts.csv   image,class,points,annotations,suggested_points,suggestions
"""

from fewclicks.server.schemas.base import Schema


class ClassCount(Schema):
    """The objects of a class: accepted points, all accepted annotations, suggested points, and all suggestions.

    Suggestions are counted with every confidence; suggested moves are not counted.
    """

    class_id: int
    points: int
    annotations: int
    suggested_points: int
    suggestions: int


class ImageCounts(Schema):
    """The counts of the classes in an image, without classes that have nothing there."""

    image_id: int
    file_name: str
    classes: list[ClassCount]


class CountsAnswer(Schema):
    """The counts of every image, in natural order, and of every class in all images, in the order of the classes."""

    images: list[ImageCounts]
    total: list[ClassCount]
