"""The end of a learning round: its suggestions are stored as one event, and its strategy arranges the questions."""

from dataclasses import replace
from pathlib import Path

import numpy as np
from jaxtyping import Float32

from fewclicks.application.answers.ask import Caches
from fewclicks.application.answers.stored import nearest_features
from fewclicks.application.asked import REQUEST, read_answer, store_answers
from fewclicks.application.models import Installed
from fewclicks.application.questions import refresh
from fewclicks.application.suggestion_pool import places_of, suggestion_pool
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
from fewclicks.store.work import Arranged
from fewclicks.work.items import items_of

WORD = "round"  # the kind of the event
ARRANGED = 1000  # questions at most; all others follow, least sure first


def end_round(project: Project, caches: Caches, folder: Path, job: JobRow) -> Json:
    """Store the answers in `folder` once, arrange the queue, and return the result of the job."""
    request = read_json(folder / REQUEST)
    role = get_role(request["role"])
    files = version_files(role, request["version"], (project.folder / FOLDER,))
    assert files is not None  # the job has put it there
    stored = store_answers(project, Installed(role, open_model(role, files)), caches, folder, job, WORD)
    refresh(project)
    with project.changing() as log:
        asked = arranged(log, request, folder, job.id)
        log.work.arrange(asked)
    return {**job.result, **stored, "questions": len(asked)}


def arranged(log: Log, request: Json, folder: Path, seed: int) -> list[Arranged]:
    """Return the questions about the suggestions of the round's version, in the order of its strategy.

    folder: that of the job, whose answers have the features.
    """
    weights = str(request["weights"])
    suggestions = [each for each in map(log.proposals, request["images"]) if each.weights == weights]
    items = {
        (each.image_id, tuple(each.subject["box"])): each
        for one in suggestions
        for each in items_of(one)
        if each.kind == "box"
    }
    finished = [row.id for row in log.summaries() if row.status == "done"]
    strategy = get_strategy(request["strategy"])
    pool = suggestion_pool(suggestions)
    if request["features"]:
        pool = replace(pool, features=_features(pool, folder))
    chosen = questions(pool, {}, finished, strategy, ARRANGED // SPARE, np.random.default_rng(seed))
    return [Arranged(items[place].id, strategy.name, weights) for place in places_of(chosen)]


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
