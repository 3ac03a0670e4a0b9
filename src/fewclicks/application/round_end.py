"""The end of a learning round: its suggestions are stored as one event, and its strategy arranges the questions."""

from collections.abc import Sequence
from dataclasses import replace
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
from fewclicks.ask.pool import Pool
from fewclicks.ask.questions import SPARE, questions
from fewclicks.ask.strategies.registry import get_strategy
from fewclicks.files import read_json
from fewclicks.methods.lookup import version_files
from fewclicks.methods.registry import get_role, open_model
from fewclicks.methods.versions import FOLDER
from fewclicks.store.jobs import JobRow
from fewclicks.store.log import Log
from fewclicks.store.project import Project
from fewclicks.store.snapshots import Json
from fewclicks.store.work import Arranged, WorkItem

WORD = "round"  # the kind of the event
ARRANGED = 1000  # questions at most; all others follow, least sure first


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
    asked = arranged(items, request, folder, job.id)
    with project.changing() as log:  # what was answered since is left out
        log.work.arrange(asked)
    remove_old_versions(project, role, request["version"])
    return {**job.result, **stored, "questions": len(items), "limits": limits}


def asked_about(log: Log, request: Json) -> list[WorkItem]:
    """Return a work item for each box that the round's version suggests."""
    suggestions = map(log.proposals, request["images"])
    return [item for each in suggestions if each.weights == request["weights"] for item in suggested_boxes(each)]


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
