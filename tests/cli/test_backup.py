"""`fewclicks backup`, `restore` and `check`, as a user runs them."""

from pathlib import Path

from fewclicks.store.project import Project

from .program import Program


def test_a_project_is_backed_up_while_it_is_open_and_restored(
    fewclicks: Program, project: Path, tmp_path: Path
) -> None:
    file, again = tmp_path / "copy.db", tmp_path / "again"
    with Project(project):
        assert fewclicks.done("backup", project, file) == f"wrote a backup of {project} to {file}\n"
    assert "exists already" in fewclicks.refused("backup", project, file)
    assert fewclicks.done("restore", file, again) == f"restored {file} to {again}\n"
    assert "project.db exists already" in fewclicks.refused("restore", file, again)
    with Project(again) as opened, opened.reading() as log:
        assert len(log.images()) == 2


def test_a_check_prints_one_line_a_problem(fewclicks: Program, project: Path, images: Path) -> None:
    assert fewclicks.done("check", project) == "no problems found\n"
    (images / "a.png").unlink()
    result = fewclicks("check", project)
    assert (result.status, result.out) == (1, f"image 'a.png' is missing from {images}\n")
