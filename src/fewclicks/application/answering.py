"""Models with a cache of responses, from which the next answer about the same subject starts."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock

from fewclicks.answers import Answer
from fewclicks.application.answers.ask import Ask
from fewclicks.application.models import Installed
from fewclicks.cache import BoundedCache
from fewclicks.model import Encoding, Options, Response
from fewclicks.prompts import Prompts
from fewclicks.store.records import ImageRow

Encode = Callable[[ImageRow, Installed], Encoding[object]]
Key = tuple[int, str, str, str]


class Answering:
    """The responses of all models; a complete answer does not depend on the cache."""

    def __init__(self, encode: Encode, max_bytes: int) -> None:
        self._encode = encode
        self._orders: dict[int | None, Lock] = {}
        self._responses: BoundedCache[Key, Response[Answer, object]] = BoundedCache(max_bytes)

    @contextmanager
    def in_order(self, image_id: int | None) -> Iterator[None]:
        """Block other prompts of this image, so that each answer starts from the one before."""
        with self._orders.setdefault(image_id, Lock()):
            yield

    def previous(self, installed: Installed, resolved: Ask) -> Response[Answer, object] | None:
        """Return the last response of the model about the same subject, or None if it is not in memory."""
        return self._responses.get(_key(installed, resolved))

    def respond(
        self,
        installed: Installed,
        resolved: Ask,
        prompts: Prompts,
        options: Options,
        previous: Response[Answer, object] | None,
    ) -> Response[Answer, object]:
        """Answer `prompts` and cache the response. Raises the errors of the model."""
        encoding = self._encode(resolved.image, installed)
        response = installed.model.respond(encoding, prompts, previous, options)
        self._responses.put(_key(installed, resolved), response, response.nbytes)
        return response


def _key(installed: Installed, resolved: Ask) -> Key:
    return (resolved.image.id, installed.role.name, installed.info.version, resolved.subject)
