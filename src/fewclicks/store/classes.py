"""The classes of a project: their colours, and the rules under which the list may change."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import count, filterfalse
from types import MappingProxyType

from fewclicks.errors import ConflictError, InputError, printable
from fewclicks.store.events import Change
from fewclicks.store.records import Classes, ClassRow
from fewclicks.store.repository import Repository

# Okabe and Ito's colours for colour-blind readers, without black and with three more that stay apart from them.
PALETTE = ("#e69f00", "#56b4e9", "#009e73", "#f0e442", "#0072b2", "#d55e00", "#cc79a7", "#8e6bd0", "#9acd32", "#b07a3f")

NO_COLORS: Mapping[str, str] = MappingProxyType({})
NO_IDS: Mapping[str, int] = MappingProxyType({})
IDS = range(1, 2**53)  # what the REST contract carries
LONGEST_NAME = 200  # characters; what the REST contract carries


def new_classes(
    names: Sequence[str],
    known: Sequence[ClassRow] = (),
    used_ids: frozenset[int] = frozenset(),
    colors: Mapping[str, str] = NO_COLORS,
    ids: Mapping[str, int] = NO_IDS,
) -> list[ClassRow]:
    """`known` followed by a class for each name that is new.

    It has the id and the colour that `ids` and `colors` have for its name, else the next ones. An id that is taken,
    or that the project cannot have, gives way to the lowest that nobody wants.
    """
    classes = list(known)
    taken = {*used_ids, *(row.id for row in known)}
    kept = {name: number for name, number in ids.items() if number in IDS and number not in taken}
    free_ids = filterfalse({*taken, *kept.values()}.__contains__, count(1))
    for name in names:
        clean = " ".join(name.split())
        if clean not in {row.name for row in classes}:
            color = colors.get(clean, PALETTE[len(classes) % len(PALETTE)])
            number = kept[clean] if clean in kept else next(free_ids)
            classes.append(ClassRow(number, clean, color))
    return check_classes(classes)


def check_classes(classes: Sequence[ClassRow]) -> list[ClassRow]:
    """Raise InputError for an empty, endless or unprintable name, two of one name or id, or a colour that is none."""
    for row in classes:
        if not row.name.strip():
            raise InputError("a class needs a name")
        if len(row.name) > LONGEST_NAME:
            raise InputError(f"a class name has {len(row.name)} characters, at most {LONGEST_NAME} fit")
        if printable(row.name) != row.name:
            raise InputError(f"a class name has to be plain text in one line, not {row.name!r}")
        if not re.fullmatch(r"#[0-9a-fA-F]{6}", row.color):
            raise InputError(f"the colour of class {row.name!r} has to be like #56b4e9, not {row.color!r}")
        if sum(other.name == row.name for other in classes) > 1:
            raise InputError(f"there are two classes {row.name!r}")
        if sum(other.id == row.id for other in classes) > 1:
            raise InputError(f"there are two classes with the id {row.id}")
    return list(classes)


def class_change(project: Repository, classes: Sequence[ClassRow]) -> Change[Classes]:
    """The change that makes `classes` the classes of the project, in this order.

    Ids are kept as given; a class that was taken out comes back under its own. Raises ConflictError when a class
    that has annotations would go, or when the id of one that was taken out would mean another class.
    """
    after = tuple(check_classes(classes))
    before = tuple(project.classes())
    present, known = {row.id for row in before}, project.class_names()
    for row in after:
        if row.id not in present and known.get(row.id, row.name) != row.name:
            raise ConflictError(f"class {row.name!r} has the id of {known[row.id]!r}, which was taken out meanwhile")
    gone = present - {row.id for row in after}
    kept = project.used_classes() & gone if gone else ()
    for row in before:
        if row.id in kept:
            raise ConflictError(f"class {row.name!r} has objects and cannot go; change or delete them first")
    return Change(before, after)


def restored_classes(change: Change[Classes], present: Classes, used: Collection[int]) -> Classes:
    """What `change` makes of the classes when undo or redo takes it up again, other ones being there meanwhile.

    An import may have brought some: these stay, as do those in use. No two get the same name: then all keep the
    names that they have.
    """
    wanted, left = {row.id for row in change.after}, {row.id for row in change.before}
    staying = [row for row in present if row.id not in wanted and (row.id in used or row.id not in left)]
    restored = list(change.after)
    if {row.name for row in staying} & {row.name for row in restored}:
        names = {row.id: row.name for row in present}
        restored = [replace(row, name=names[row.id]) if row.id in names else row for row in restored]
        restored = [row for row in restored if row.id in names or row.name not in names.values()]
    return (*restored, *staying)


def with_needed(classes: Classes, needed: Iterable[ClassRow]) -> tuple[Classes, dict[int, int]]:
    """`classes` with those of `needed` that are missing, and which of these give way to one of the same name."""
    rows = list(classes)
    gives_way: dict[int, int] = {}
    for lost in needed:
        if any(row.id == lost.id for row in rows):
            continue
        twin = next((row for row in rows if row.name == lost.name), None)
        if twin is None:
            rows.append(lost)
        else:
            gives_way[lost.id] = twin.id
    return tuple(rows), gives_way
