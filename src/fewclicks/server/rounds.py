"""Answering a history round by round, so that what was answered before is not answered again."""

from collections.abc import Sequence
from hashlib import blake2b

from fewclicks.cache import BoundedCache
from fewclicks.errors import ConflictError
from fewclicks.geometry.shapes import mask_from_shape
from fewclicks.methods.protocol import Assist, Encoding, Prediction
from fewclicks.store.shapes import history_of, shape_from_json
from fewclicks.store.snapshots import Json, Snapshot, dump

Predictions = BoundedCache[str, Prediction]
OVERHEAD = 4096  # bytes that an answer is reckoned with beside its mask


def prefixes(prompts: Sequence[Json]) -> list[tuple[Json, ...]]:
    """The prompts up to each round, first round first; boxes and extreme points are round 0."""
    rounds = sorted({prompt.get("round", 0) for prompt in prompts})
    return [tuple(prompt for prompt in prompts if prompt.get("round", 0) <= last) for last in rounds]


def base_prediction(base: Json | None, size_hw: tuple[int, int]) -> Prediction | None:
    """A stored shape as the answer that prompts go on from."""
    if base is None:
        return None
    return Prediction(mask_from_shape(shape_from_json(base), size_hw), None, 0)


def replay(assist: Assist, encoding: Encoding, snapshot: Snapshot, kept: Predictions) -> Prediction:
    """The answer to all prompts of `snapshot`, each round given the answer to the one before.

    Rounds that `kept` holds are not answered again; the answer is the same whether it holds them or not.
    Raises what the assist raises, and ConflictError for an annotation without prompts.
    """
    histories = prefixes(snapshot.prompts)
    keys = [_key(assist, snapshot, history) for history in histories]
    answered, previous = _latest(keys[:-1], kept)
    if previous is None:
        previous = base_prediction(snapshot.base, encoding.size_hw)
    for key, history in zip(keys[answered:], histories[answered:], strict=True):
        previous = assist.respond(encoding, history_of(history), previous)
        kept.put(key, previous, previous.mask.crop.nbytes + OVERHEAD)
    if previous is None or not histories:
        raise ConflictError(f"annotation {snapshot.id!r} has no prompts to answer")
    return previous


def _latest(keys: Sequence[str], kept: Predictions) -> tuple[int, Prediction | None]:
    """How many rounds are answered already, and the last of these answers."""
    for number in range(len(keys), 0, -1):
        found = kept.get(keys[number - 1])
        if found is not None:
            return number, found
    return 0, None


def _key(assist: Assist, snapshot: Snapshot, history: tuple[Json, ...]) -> str:
    text = dump([assist.name, assist.weights, snapshot.image_id, snapshot.base, history])
    return blake2b(text.encode(), digest_size=16).hexdigest()
