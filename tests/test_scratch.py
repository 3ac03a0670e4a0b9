"""What killed processes left of their writing is removed, and nothing that a living one writes."""

import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from fewclicks.files import write_folder, write_text
from fewclicks.scratch import scratch_folder
from fewclicks.store.backup import back_up
from fewclicks.store.project import create_project
from store.pictures import save_pictures

WRITING = """
import sys
from pathlib import Path
from fewclicks.scratch import scratch_folder
with scratch_folder(Path(sys.argv[1])) as part:
    print(part, flush=True)
    sys.stdin.read()
"""


def left_by_a_killed_process(target: Path) -> Path:
    """The folder of a process that was killed while it wrote `target`."""
    with subprocess.Popen(
        [sys.executable, "-c", WRITING, str(target)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        left = Path(process.stdout.readline().strip())
        process.send_signal(signal.SIGKILL)
    assert left.is_dir()
    return left


def hidden(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.name.startswith(".")]


def test_the_next_write_of_the_same_file_removes_what_was_left(tmp_path: Path) -> None:
    left, other = (left_by_a_killed_process(tmp_path / name) for name in ("labels.json", "labels.json.txt"))
    write_text(tmp_path / "labels.json", "{}")
    assert hidden(tmp_path) == [other] != [left]
    assert (tmp_path / "labels.json").read_text() == "{}"


def test_every_write_does_so(tmp_path: Path) -> None:
    images = save_pictures(tmp_path / "images", "a.png")
    project, folder, copy = tmp_path / "project", tmp_path / "folder", tmp_path / "copy.db"
    for target in (project, folder, copy):
        left_by_a_killed_process(target)
    create_project(project, images)
    write_folder(folder, [("a", b"1")])
    back_up(project, copy)
    assert hidden(tmp_path) == []


def test_a_failed_write_leaves_the_rest_of_an_earlier_one(tmp_path: Path) -> None:
    left = left_by_a_killed_process(tmp_path / "x")
    with pytest.raises(ZeroDivisionError), scratch_folder(tmp_path / "x"):
        raise ZeroDivisionError
    assert hidden(tmp_path) == [left]


def test_what_another_process_or_thread_writes_stays(tmp_path: Path) -> None:
    target = tmp_path / "x"
    with scratch_folder(target) as own:
        code = "import sys; from pathlib import Path; from fewclicks.files import write_text\n"
        code += "write_text(Path(sys.argv[1]), 'theirs')"
        subprocess.run([sys.executable, "-c", code, str(target)], check=True)
        write_text(target, "ours")
        assert hidden(tmp_path) == [own]
        (own / "file").write_text("more")
    assert hidden(tmp_path) == []


def test_a_folder_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"), scratch_folder(tmp_path / "nowhere" / "x"):
        pass


def test_many_writers_of_one_file_do_not_disturb_each_other(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: write_text(tmp_path / "x", str(number)), range(200)))
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


@pytest.mark.parametrize("error", [FileNotFoundError, FileExistsError])
def test_a_new_folder_that_another_writer_removes_is_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: type[OSError]
) -> None:
    """The lock of the other writer makes the folder again, so it exists after the error."""
    acquire = FileLock.acquire
    removed: list[Path] = []

    def removed_meanwhile(lock: FileLock, *arguments: Any, **options: Any) -> Any:
        if removed:
            return acquire(lock, *arguments, **options)
        removed.append(Path(lock.lock_file).parent)
        raise error

    monkeypatch.setattr(FileLock, "acquire", removed_meanwhile)
    write_text(tmp_path / "x", "written")
    assert (tmp_path / "x").read_text() == "written"
    assert len(removed) == 1
    assert hidden(tmp_path) == []
