"""What every command shares: help, version, and one line for whatever goes wrong."""

import subprocess
import sys

import pytest

from fewclicks import __version__

from .program import Program, start

VERBS = ("demo", "new", "serve", "import", "export", "train", "simulate", "models")
HEAVY = ("numpy", "PIL", "sqlalchemy", "fastapi", "onnxruntime", "cv2", "skimage", "torch", "rich", "pydantic")
MODELS = ("onnxruntime", "torch", "matplotlib", "sqlalchemy", "fastapi")  # what no help needs
GENERATED = (
    *(("train", name) for name in ("segment", "regions", "detect")),
    *(("simulate", name) for name in ("mask", "partition", "boxes", "segment", "regions", "detect", "grabcut")),
    ("models", "add"),
    ("models", "remove"),
)


def test_version(fewclicks: Program) -> None:
    assert fewclicks.done("--version") == f"fewclicks {__version__}\n"


def test_alone_it_shows_the_help(fewclicks: Program) -> None:
    said = fewclicks.done()
    assert said == fewclicks.done("--help")
    assert all(f"\n  {verb} " in said for verb in VERBS)


@pytest.mark.parametrize("words", [*((verb,) for verb in VERBS), *GENERATED])
def test_every_command_has_help(fewclicks: Program, words: tuple[str, ...]) -> None:
    assert fewclicks.done(*words, "--help").startswith(f"Usage: fewclicks {' '.join(words)} ")


def _loaded(*arguments: str) -> set[str]:
    """The modules that are loaded after a command in a process of its own."""
    program = f"import sys; import fewclicks.cli; fewclicks.cli.run({list(arguments)!r}); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    return set(done.stdout.splitlines()[-1].split())


def test_help_loads_nothing_heavy() -> None:
    loaded = _loaded("--help")
    assert "typer" in loaded
    assert loaded.isdisjoint(HEAVY)


@pytest.mark.parametrize("words", [("train",), ("simulate",), ("train", "detect"), ("simulate", "segment")])
def test_help_of_generated_commands_loads_no_model(words: tuple[str, ...]) -> None:
    loaded = _loaded(*words, "--help")
    assert loaded.isdisjoint(MODELS)
    assert not [
        name for name in loaded if name.startswith("fewclicks.methods") and name.endswith((".recipe", ".train"))
    ]


@pytest.mark.parametrize("group", ["train", "simulate"])
def test_a_list_of_commands_loads_no_settings(group: str) -> None:
    assert not [
        name for name in _loaded(group, "--help") if name.endswith((".settings", ".options")) and "cli" not in name
    ]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["dance"], "no such command 'dance'; see: fewclicks --help"),
        (["new"], "; see: fewclicks new --help"),
        (["new", "p", "--classes", "a"], "--images"),
        (["serve", "p", "--port", "many"], "--port"),
        (["serve", "p", "--port", "70000"], "65535"),
        (["serve", "p", "--colour", "red"], "--colour"),
        (["serve", "p", "q"], "q"),
        (["export", "p"], "--to"),
    ],
)
def test_wrong_usage_is_one_line(fewclicks: Program, arguments: list[str], words: str) -> None:
    assert words in fewclicks.refused(*arguments, status=2)


def _failing(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr("fewclicks.methods.card.read_card", fail)
    monkeypatch.setattr("pathlib.Path.glob", fail)


def test_the_unforeseen_is_one_line_too(fewclicks: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    _failing(monkeypatch, ZeroDivisionError("two\nlines"))
    result = fewclicks("models")
    assert result.status == 2
    assert result.err == (
        "fewclicks: internal error: ZeroDivisionError: two lines; set FEWCLICKS_DEBUG=1 for a traceback\n"
    )


def test_the_unforeseen_shows_where_on_request(fewclicks: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    _failing(monkeypatch, ZeroDivisionError("here"))
    monkeypatch.setenv("FEWCLICKS_DEBUG", "1")
    with pytest.raises(ZeroDivisionError, match="here"):
        fewclicks("models")


def test_interrupted(fewclicks: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    _failing(monkeypatch, KeyboardInterrupt())
    assert fewclicks("models").status == 130


def test_a_reader_that_leaves_is_no_error() -> None:
    with start("--help") as program:
        assert program.stdout is not None
        assert program.stderr is not None
        program.stdout.close()
        assert program.stderr.read() == ""
    assert program.returncode == 1
