"""Class clicks on red squares and blue boxes, as requests, and what they suggest."""

from collections.abc import Sequence

from ..api import Api, Json

CAT, DOG = 1, 2
RED = [(x, 4) for x in (4, 16, 28, 40, 52)]
BLUE = [(x, 24) for x in (4, 20, 36)]


def click(x: float, y: float, class_id: int = CAT) -> Json:
    return {"x": x, "y": y, "class_id": class_id, "xyxy": None}


ON_RED, ON_BLUE = click(6, 6), click(24, 28, DOG)


def detect_body(*clicks: Json, removed: Sequence[Json] = (), **values: object) -> Json:
    prompts, taken_back = ([{"type": "class_click"} | each for each in some] for some in (clicks, removed))
    return {"method": "detect", "prompts": prompts, "removed": taken_back} | values


def detect(api: Api, *clicks: Json, image: int = 1, removed: Sequence[Json] = (), **values: object) -> Json:
    return api.ok(f"images/{image}/respond", detect_body(*clicks, removed=removed, **values))


def proposals(api: Api, image: int = 1) -> Json:
    return dict(api.get(f"images/{image}")["proposals"])


def take(api: Api, kind: str = "accept", only: Sequence[int] | None = None, image: int = 1, **values: object) -> Json:
    shown = proposals(api, image)
    chosen = range(len(shown["boxes"])) if only is None else only
    rows = {name: [shown[name][i] for i in chosen] for name in ("boxes", "scores", "class_ids")}
    return api.ok(f"images/{image}/take", {"kind": kind} | rows | values)


def xyxy(box: list[float]) -> tuple[float, ...]:
    cx, cy, w, h, _ = box
    return (cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2)


def red_boxes() -> set[tuple[float, ...]]:
    return {(x, y, x + 6, y + 6) for x, y in RED}
