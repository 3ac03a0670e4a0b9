"""The description of a method, the only place outside its package that names it.

Packages register a `MethodSpec` in the entry-point group `fewclicks.methods`, as the built-in methods do. Importing a
spec must be fast: it names functions as "module:function", which are imported on first use.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from fewclicks.answers import Task
from fewclicks.prompts import Prompt


@dataclass(frozen=True, slots=True)
class FileSlot:
    """One file of a model version: NAME + `suffix`, for example ".encoder.onnx".

    required: every version has the file. shipped: the shipped version has it, if there is a shipped version.
    """

    suffix: str
    summary: str
    required: bool = True
    shipped: bool = True


@dataclass(frozen=True, slots=True)
class Resources:
    """Limits of a model: `threads` of the processor (0: all cores) and `cache_bytes` of memory for images."""

    threads: int = 0
    cache_bytes: int = 1 << 30


@dataclass(frozen=True, slots=True)
class Role:
    """A use of a method: one task with one set of files.

    name: unique among all methods; the name of the model on the command line.
    task: the kind of answer. prompts: the accepted kinds of prompt. accepts_examples: whether the model uses objects
    prompted in other images.
    files: the files of a version, the main file first; empty for a model without files.
    weights: the folder of the shipped version as "package:folder", which contains NAME + suffix; None: not shipped.
    open: "module:function", called as `open(files, resources)`, or `open(files, resources, options)` for a role with
    options; it returns a `Model`. options: "module:class" of the options of an opened model, a pydantic model.
    train: "module:function", called as `train(settings, watch)`; None: cannot be trained.
    settings: "module:class" of the settings of a training run, a pydantic model.
    train_project: "module:function" that trains a version on the finished images of a project; None: cannot.
    project_settings: "module:class" of the settings of such a run, a pydantic model with minutes, steps and seed.
    train_partly: "module:function" that trains a version on partly labelled images of a project, called as
    `train_partly(data, steps, progress)` (`project_training.PartlyData`); None: cannot.
    baseline: only for measurements, not shown in the page.
    """

    name: str
    task: Task
    prompts: tuple[type[Prompt], ...]
    open: str
    accepts_examples: bool = False
    files: tuple[FileSlot, ...] = ()
    weights: str | None = None
    train: str | None = None
    settings: str | None = None
    train_project: str | None = None
    project_settings: str | None = None
    train_partly: str | None = None
    options: str | None = None
    baseline: bool = False


@dataclass(frozen=True, slots=True)
class MethodSpec:
    """An algorithm with its name, a short title for the page, a summary of one sentence, and its roles.

    position: its place in lists and in the tool bar, lower first, equal ones by name.
    """

    name: str
    title: str
    summary: str
    roles: tuple[Role, ...]
    position: int = 100


Files = Mapping[str, Path]
"""The files of a model version by their suffix; optional ones may be missing."""
