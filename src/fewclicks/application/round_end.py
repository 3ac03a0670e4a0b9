"""The end of a learning round: its suggestions are stored as one event, and its strategy arranges the questions."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from hashlib import blake2b
from pathlib import Path

import numpy as np
from jaxtyping import Float32

from fewclicks.application.answers.ask import Caches
from fewclicks.application.answers.boxes import nearest_features
from fewclicks.application.asked import REQUEST, read_answer, store_answers
from fewclicks.application.models import Installed
from fewclicks.application.old_versions import remove_old_versions
from fewclicks.application.questions import refresh
from fewclicks.application.suggestion_limits import learnt_limits
from fewclicks.application.suggestion_pool import suggested_boxes, suggestion_pool
from fewclicks.ask.areas import MOST_INSIDE, area_around
from fewclicks.ask.assist import NEUTRAL
from fewclicks.ask.pool import Pool
from fewclicks.ask.questions import SPARE, questions
from fewclicks.ask.strategies.registry import get_strategy
from fewclicks.files import read_json
from fewclicks.images.files import is_large
from fewclicks.methods.lookup import version_files
from fewclicks.methods.registry import get_role, open_model
from fewclicks.methods.versions import FOLDER
from fewclicks.store.jobs import JobRow
from fewclicks.store.log import Log
from fewclicks.store.project import Project
from fewclicks.store.snapshots import Json
from fewclicks.store.work import Arranged, WorkItem
from fewclicks.work.items import area_item, is_within
from fewclicks.work.ledger import confirmed_areas

WORD = "round"  # the kind of the event
# The strategy of questions about areas, and of those in areas that the round's strategy has not arranged.
ABOUT_AREAS = "areas"
ARRANGED = 1000  # questions at most; all others follow, least sure first
AREAS = 0.1  # share of the boxes to ask about whose area is asked about too


def end_round(project: Project, caches: Caches, folder: Path, job: JobRow) -> Json:
    """Store the answers in `folder` once, arrange the queue, and return the result of the job.

    The files of old versions are deleted.
    """
    request = read_json(folder / REQUEST)
    role = get_role(request["role"])
    files = version_files(role, request["version"], (project.folder / FOLDER,))
    assert files is not None  # the job has put it there
    with project.reading() as log:
        finished = {row.id for row in log.summaries() if row.status == "done"}
        limits = learnt_limits(log, role)
    model = Installed(role, open_model(role, files))
    stored = store_answers(project, model, caches, folder, job, WORD, finished)
    refresh(project)
    with project.reading() as log:
        items = asked_about(log, request)
        sizes = {row.id: row.size_hw for row in log.images() if not is_large(row.size_hw)}
    asked = arranged(items, request, folder, job.id)
    by_id = {item.id: item for item in items}
    shown = [item for item in items if is_shown(item, limits)]
    around = asked_around([by_id[each.item_id] for each in asked], shown, sizes, job.id)
    with project.changing() as log:  # what was answered since is left out
        log.work.add(area for *_, area in around.values())
        log.work.arrange(with_areas(asked, around))
    remove_old_versions(project, role, request["version"])
    return {**job.result, **stored, "questions": len(items), "limits": limits}


def asked_about(log: Log, request: Json) -> list[WorkItem]:
    """Return a work item for each box that the round's version suggests, without those in confirmed areas."""
    suggestions, areas = map(log.proposals, request["images"]), confirmed_areas(log)
    boxes = (item for each in suggestions if each.weights == request["weights"] for item in suggested_boxes(each))
    return [item for item in boxes if not is_within(item, areas.get(item.image_id, ()))]


def arranged(items: Sequence[WorkItem], request: Json, folder: Path, seed: int) -> list[Arranged]:
    """Return the first questions about these boxes, at most ARRANGED, in the order of the round's strategy.

    folder: that of the job, whose answers have the features.
    """
    strategy, pool = get_strategy(request["strategy"]), suggestion_pool(items)
    if request["features"]:
        pool = replace(pool, features=_features(pool, folder))
    chosen = questions(pool, {}, (), strategy, ARRANGED // SPARE, np.random.default_rng(seed))
    ids = {(item.image_id, tuple(item.subject["box"])): item.id for item in items}
    places = zip(chosen.images.tolist(), map(tuple, chosen.boxes.tolist()), strict=True)
    return [Arranged(ids[place], strategy.name, request["weights"]) for place in places]


def is_shown(item: WorkItem, limits: Mapping[int, float]) -> bool:
    """Return whether verifying a box saves time. limits: the lowest confidence worth showing by class, where known."""
    return item.subject["score"] >= limits.get(item.subject["class_id"], NEUTRAL)


def asked_around(
    items: Sequence[WorkItem], shown: Iterable[WorkItem], sizes: Mapping[int, tuple[int, int]], seed: int
) -> dict[str, list[WorkItem]]:
    """Return what else to ask around a random share of the boxes, by the id of the box's item.

    This is the area around the box, after the `shown` boxes in it: whoever looks it over draws only what the model did
    not find. Areas with more than MOST_INSIDE such boxes take too long. sizes: height and width of the images that
    areas are asked about.
    """
    in_images = defaultdict[int, list[WorkItem]](list)
    for each in shown:
        in_images[each.image_id].append(each)
    found, areas = dict[str, list[WorkItem]](), defaultdict[int, list[tuple[float, float, float, float]]](list)
    for item in items:
        image_id, subject = item.image_id, item.subject
        if image_id in sizes and _chance(seed, item) < AREAS and not is_within(item, areas[image_id]):
            x0, y0, x1, y1 = area_around(np.array(subject["box"], np.float64), sizes[image_id]).round(2).tolist()
            area = area_item(image_id, (x0, y0, x1, y1), subject["class_id"], item.role, item.version)
            inside = [each for each in in_images[image_id] if is_within(each, [(x0, y0, x1, y1)])]
            if len(inside) <= MOST_INSIDE:
                areas[image_id].append((x0, y0, x1, y1))
                found[item.id] = [*inside, area]
    return found


def _chance(seed: int, item: WorkItem) -> float:
    """Return a random number, 0..1, that is the same when the end of a round is repeated."""
    return int.from_bytes(blake2b(f"{seed} {item.id}".encode(), digest_size=4).digest()) / 2**32


def with_areas(asked: Sequence[Arranged], around: Mapping[str, Sequence[WorkItem]]) -> list[Arranged]:
    """Return the questions, each once; what else is asked around a box follows it."""
    known, lines = {each.item_id: each for each in asked}, dict[str, Arranged]()
    for each in asked:
        lines.setdefault(each.item_id, each)
        for item in around.get(each.item_id, ()):
            lines.setdefault(item.id, known.get(item.id) or Arranged(item.id, ABOUT_AREAS, each.version))
    return list(lines.values())


def _features(pool: Pool, folder: Path) -> Float32[np.ndarray, "N D"]:
    """Return the features of the boxes of a pool; boxes of images that are read in parts have none, and get zeros."""
    parts = {
        image_id: nearest_features(read_answer(folder, image_id), pool.boxes[pool.images == image_id])
        for image_id in np.unique(pool.images).tolist()
    }
    found = np.zeros((len(pool), max((part.shape[1] for part in parts.values()), default=0)), np.float32)
    for image_id, part in parts.items():
        found[pool.images == image_id, : part.shape[1]] = part
    return found
