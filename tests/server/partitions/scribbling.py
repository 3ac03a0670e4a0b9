"""Extreme points and scribbles as requests, and the pixels that they give to regions."""

from fewclicks.geometry.rle import decode_rle

from ..api import Api, Json

WIDTH, HEIGHT = 64, 48
LEFT, RIGHT = (0, 0, 32, 48), (32, 0, 64, 48)


def extremes(x0: float, y0: float, x1: float, y1: float) -> Json:
    points = [[(x0 + x1) / 2, y0], [x0, (y0 + y1) / 2], [(x0 + x1) / 2, y1], [x1, (y0 + y1) / 2]]
    return {"type": "extreme_points", "points": points}


def scribble(*points: tuple[float, float]) -> Json:
    return {"type": "scribble", "points": [list(point) for point in points]}


def ask(api: Api, name: str, *prompts: Json, **values: object) -> Json:
    return api.respond(name, *prompts, method="regions", **values)


def refused(api: Api, name: str, *prompts: Json, status: int = 422, image: int = 1) -> str:
    body = {"annotation_id": name, "class_id": 1, "method": "regions", "prompts": list(prompts)}
    return api.refused(f"images/{image}/respond", body, status)


def pixels_of(region: Json) -> set[tuple[int, int]]:
    full = decode_rle(region["shape"]["counts"], (HEIGHT, WIDTH)).full()
    return {(x, y) for y in range(HEIGHT) for x in range(WIDTH) if full[y, x]}


def pixels(api: Api) -> dict[str, set[tuple[int, int]]]:
    """The pixels (x, y) of every annotation of the image."""
    return {each["id"]: pixels_of(each) for each in api.annotations()}


def halves(api: Api) -> None:
    ask(api, "left", extremes(*LEFT))
    ask(api, "right", extremes(*RIGHT))


def mask_of(api: Api, name: str) -> Json:
    return dict(next(each["shape"] for each in api.annotations() if each["id"] == name))
