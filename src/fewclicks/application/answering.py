"""Models with their caches: an image is encoded once, and an answer starts from the last one about its subject."""

from collections.abc import Callable

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
    """Responses of all models. A complete answer does not depend on what is cached."""

    def __init__(self, encode: Encode, max_bytes: int) -> None:
        self._encode = encode
        self._responses: BoundedCache[Key, Response[Answer, object]] = BoundedCache(max_bytes)

    def previous(self, installed: Installed, asked: Ask) -> Response[Answer, object] | None:
        """The last response of the model about the same subject, while it is in memory."""
        return self._responses.get(_key(installed, asked))

    def respond(
        self,
        installed: Installed,
        asked: Ask,
        prompts: Prompts,
        options: Options,
        previous: Response[Answer, object] | None,
    ) -> Response[Answer, object]:
        """Answer `prompts`, and remember the response. Raises what the model raises."""
        encoding = self._encode(asked.image, installed)
        response = installed.model.respond(encoding, prompts, previous, options)
        self._responses.put(_key(installed, asked), response, response.nbytes)
        return response


def _key(installed: Installed, asked: Ask) -> Key:
    return (asked.image.id, installed.role.name, installed.info.version, asked.subject)
