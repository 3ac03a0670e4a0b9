"""Finished runs on disk, one small file each: what exists is not run again, whatever killed the process."""

import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path

from fewclicks.errors import InputError, StorageError
from fewclicks.files import read_json, write_text
from fewclicks.simulation.report import JsonValue

CHARACTERS = 16  # of a digest in a file's name


class FinishedRuns:
    """The runs in a folder. `about` is everything that a run depends on: runs of other settings are other files."""

    def __init__(self, folder: Path, about: dict[str, JsonValue]) -> None:
        """Create the folder. Raises StorageError when that is not possible."""
        self.folder, self._about = folder, about
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(
                f"{folder}: cannot create the folder: {error.strerror}; choose another --runs"
            ) from error

    def of(self, name: str, seed: int, run: Callable[[], Sequence[JsonValue]]) -> Sequence[JsonValue]:
        """Return the result of a run: from its file, or from `run`, whose result is written then.

        Raises InputError for a file that is not the result of a run.
        """
        about = {"name": name, "seed": seed, **self._about}
        digest = hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()[:CHARACTERS]
        path = self.folder / f"{name}-{seed}-{digest}.json"
        if path.exists():
            content = read_json(path)
            if not isinstance(content, dict) or content.get("about") != about or "result" not in content:
                raise InputError("not the result of this run; delete the file or choose another --runs", path)
            result: Sequence[JsonValue] = content["result"]
            return result
        result = run()
        write_text(path, json.dumps({"about": about, "result": result}) + "\n")
        return result
