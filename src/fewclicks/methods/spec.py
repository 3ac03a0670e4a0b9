"""How a method describes itself. The spec is the only place that names a method outside its own package.

Packages announce a `MethodSpec` under the entry-point group `fewclicks.methods`; the built-in methods do the same.
Importing a spec must be fast: it names functions as "module:function", which are imported when they are first used.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from fewclicks.answers import Task
from fewclicks.prompts import Prompt


@dataclass(frozen=True, slots=True)
class FileSlot:
    """One file of a model version: NAME + `suffix`, for example ".encoder.onnx"."""

    suffix: str
    summary: str
    required: bool = True


@dataclass(frozen=True, slots=True)
class Resources:
    """What a model may use: `threads` of the processor (0: all cores) and `cache_bytes` for what it keeps of images."""

    threads: int = 0
    cache_bytes: int = 1 << 30


@dataclass(frozen=True, slots=True)
class Role:
    """What a method can be used for: one task with one set of weights.

    name: unique among all methods; the name of the model on the command line.
    task: the kind of answer. prompts: the kinds of prompt that the model takes. accepts_examples: whether objects
    prompted in other images are examples here.
    files: what a version consists of, the main file first; none for a model without weights.
    weights: the folder of the shipped version as "package:folder", which holds NAME + suffix; None: none is shipped.
    open: "module:function", called as `open(files, resources)`, or `open(files, resources, options)` for a role with
    options; it returns a `Model`. options: "module:class" of the options of an opened model, a pydantic model.
    train: "module:function", called as `train(settings, watch)`; None where this model cannot be trained here.
    settings: "module:class" of the settings of a training run, a pydantic model.
    train_project: "module:function" that trains a version on the finished images of a project; None: there is none.
    project_settings: "module:class" of the settings of such a run, a pydantic model with minutes, steps and seed.
    baseline: measured beside models, not offered in the page.
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
    options: str | None = None
    baseline: bool = False


@dataclass(frozen=True, slots=True)
class MethodSpec:
    """An algorithm: its name, a short title for the page, one sentence on what it does, and its roles.

    position: its place in lists and in the tool bar; lower comes first, equal ones by name.
    """

    name: str
    title: str
    summary: str
    roles: tuple[Role, ...]
    position: int = 100


Files = Mapping[str, Path]
"""The files of a model version by their suffix; optional ones may be missing."""
