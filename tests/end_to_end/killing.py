"""Servers and imports killed at random moments of every kind of request, and what must hold after each kill."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from threading import Thread, Timer
from time import monotonic, sleep
from typing import Any

import httpx2 as httpx
from running_server import Python, RunningServer, fewclicks

from fewclicks.store.checking import check_project
from fewclicks.store.database import open_read_only
from fewclicks.store.events import Event
from fewclicks.store.jobs import JobRow
from fewclicks.store.log import Log
from server.api import Api
from server.verbs import REQUESTS, Sent, labels, make_project

SCRIPT = Path(__file__).parents[1] / "server" / "serve_verbs.py"
IMPORT = "import"
VERBS = (*REQUESTS, IMPORT)
BESIDE = ("respond", "edit", "take", "status", "classes")  # sent by a second client at the same time
COUNTED = ("acknowledged", "cut off", "of these stored", "repeated", "refused")
REFUSED = 409


@dataclass
class Stored:
    """The state of a project on the disk."""

    events: dict[str, Event]
    jobs: list[JobRow]

    def has(self, request_id: str) -> bool:
        """Whether the request had its effect. Raises AssertionError when it had two."""
        jobs = sum(request_id in row.requests for row in self.jobs)
        times = jobs + (request_id in self.events)
        assert times <= 1, f"request {request_id} has {times} effects"
        return times == 1

    def objects_of(self, file: str) -> list[int]:
        """The number of objects of each import of a file."""
        imports = (each for each in self.events.values() if each.request.verb == IMPORT)
        added = (each.outcome.imported for each in imports if each.request.payload["file"] == file)
        return [each.count for each in added if each is not None]


def read_stored(project: Path) -> Stored:
    """Read a project that no process has open. Raises AssertionError when it has problems."""
    assert check_project(project) == []
    engine = open_read_only(project / "project.db")
    with engine.connect() as connection:
        log = Log(connection)
        events = log.events()
        stored = Stored({event.request.id: event for event in events}, log.jobs.all())
    engine.dispose()
    assert len(stored.events) == len(events), "an event is there twice"
    return stored


@dataclass(frozen=True)
class Record:
    """What became of the requests of each kind, and how long one usually takes."""

    counts: dict[str, Counter[str]] = field(default_factory=lambda: {verb: Counter() for verb in VERBS})
    seconds: dict[str, float] = field(default_factory=lambda: {IMPORT: 1.0})

    def table(self) -> str:
        """Return the counts as a table in Markdown."""
        lines = [f"| request | {' | '.join(COUNTED)} |", f"|---|{'---:|' * len(COUNTED)}"]
        rows = {f"`{verb}`": counts for verb, counts in self.counts.items()} | {"all": self.total()}
        lines += [f"| {name} | {' | '.join(f'{row[each]:,}' for each in COUNTED)} |" for name, row in rows.items()]
        return "\n".join(lines)

    def total(self) -> Counter[str]:
        return sum(self.counts.values(), Counter[str]())


@dataclass
class Killing:
    """One project whose processes are killed; every request that it acknowledged is remembered."""

    project: Path
    random: Random
    record: Record
    _acknowledged: dict[str, Any] = field(default_factory=dict)
    _cut_off: list[tuple[str, Sent]] = field(default_factory=list)

    @classmethod
    def new(cls, folder: Path, random: Random, record: Record) -> "Killing":
        """Make a project with one import."""
        made = cls(make_project(folder / "project"), random, record)
        fewclicks(IMPORT, made.project, made._labels("first.json"))
        return made

    def kill_during(self, verb: str) -> None:
        """Kill a process at a random moment of this kind of request, then check what it left."""
        if verb == IMPORT:
            self._kill_import()
        else:
            self._kill_server(verb)

    # --- servers ------------------------------------------------------------------------------

    def _kill_server(self, verb: str) -> None:
        server = RunningServer(self.project, (str(SCRIPT),))
        server.start()
        with httpx.Client(base_url=server.url, timeout=60) as client, self._other_client(server):
            api = Api(client)
            try:
                self._repeat_cut_off(api)
                request = REQUESTS[verb](api, self.random)
                with self._killing_in(server, verb):
                    self._send(api, verb, request)
            finally:
                server.kill()
        self._check()

    def _repeat_cut_off(self, api: Api) -> None:
        """Send what the last kill cut off once more, as the page does."""
        stored = read_stored(self.project) if self._cut_off else None
        cut_off, self._cut_off = self._cut_off, []
        for verb, request in cut_off:
            assert stored is not None
            self.record.counts[verb]["repeated"] += 1
            was_stored = stored.has(request.body["id"])
            acknowledged = self._send(api, verb, request)
            assert acknowledged or not was_stored, f"a stored {verb} was refused when it was repeated"

    def _send(self, api: Api, verb: str, request: Sent) -> bool:
        """Send a request and note what becomes of it; whether it was acknowledged."""
        try:
            answer = request.to(api)
        except httpx.HTTPError:
            self.record.counts[verb]["cut off"] += 1
            self._cut_off.append((verb, request))
            return False
        assert answer.status_code in (200, REFUSED), f"{verb}: {answer.status_code} {answer.text}"
        if answer.status_code == REFUSED:
            self.record.counts[verb]["refused"] += 1
            return False
        if verb != "rest" or answer.json()["change"] is not None:
            self._acknowledged[request.body["id"]] = answer.json()
        self.record.counts[verb]["acknowledged"] += 1
        return True

    @contextmanager
    def _other_client(self, server: RunningServer) -> Iterator[None]:
        """Another client at work, until the server is killed."""
        random, failures = Random(self.random.random()), []

        def work() -> None:
            with httpx.Client(base_url=server.url, timeout=60) as client:
                while not self._is_cut_off(Api(client), random, failures):
                    sleep(random.uniform(0, 0.02))

        thread = Thread(target=work)
        thread.start()
        try:
            yield
        finally:
            thread.join()
        assert failures == []

    def _is_cut_off(self, api: Api, random: Random, failures: list[Exception]) -> bool:
        verb = random.choice(BESIDE)
        try:
            request = REQUESTS[verb](api, random)
            self._send(api, verb, request)
            return any(request is each for _, each in self._cut_off)
        except httpx.HTTPError:  # while it was being prepared
            return True
        except Exception as error:
            failures.append(error)
            return True

    @contextmanager
    def _killing_in(self, process: RunningServer | Python, verb: str) -> Iterator[None]:
        """Kill the process at a random moment of what the block does, or soon after."""
        usual = self.record.seconds.get(verb, 0.05)
        timer, start = Timer(self.random.uniform(0, 1.3 * usual), process.kill), monotonic()
        timer.start()
        try:
            yield
        finally:
            self.record.seconds[verb] = max(0.7 * usual, min(monotonic() - start, 5.0), 0.005)
            timer.join()

    def _check(self) -> None:
        """Everything that was acknowledged is there, once and as it was acknowledged."""
        stored = read_stored(self.project)
        for request_id, answer in self._acknowledged.items():
            assert stored.has(request_id), f"the acknowledged request {request_id} is lost"
            if request_id in stored.events:
                changes = stored.events[request_id].outcome.annotations
                versions = {change.after.version for change in changes if change.after}
                told = {each["version"] for each in answer.get("annotations", ())}
                assert told <= versions, f"request {request_id} is stored otherwise than it was acknowledged"
        for verb, request in self._cut_off:
            self.record.counts[verb]["of these stored"] += stored.has(request.body["id"])

    # --- imports ------------------------------------------------------------------------------

    def _labels(self, name: str) -> Path:
        file = self.project.parent / name
        file.write_text(json.dumps(labels(self.random)))
        return file

    def _kill_import(self) -> None:
        """Kill an import: it has added everything or nothing; repeated, it has added everything once."""
        name = f"labels-{self.random.getrandbits(64):x}.json"
        file, counts = self._labels(name), self.record.counts[IMPORT]
        process = Python("fewclicks", IMPORT, self.project, file)
        with self._killing_in(process, IMPORT):
            is_done = process.wait() == 0
        counts["acknowledged" if is_done else "cut off"] += 1
        added = read_stored(self.project).objects_of(name)
        assert added or not is_done, "a finished import is lost"
        counts["of these stored"] += bool(added) and not is_done
        counts["repeated"] += not is_done
        fewclicks(IMPORT, self.project, file)
        after = read_stored(self.project).objects_of(name)
        assert len(after) == 1, f"{len(after)} imports of one file"
        assert added in ([], after), "a killed import has added a part"
