"""The classes of a project, their colours, and the rules for changing them."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count, filterfalse
from types import MappingProxyType

from fewclicks.errors import ConflictError, InputError, printable
from fewclicks.store.events import Change
from fewclicks.store.records import Classes, ClassRow
from fewclicks.store.repository import Repository

# Okabe and Ito's colours for colour-blind readers, without black and with three more distinguishable ones.
PALETTE = ("#e69f00", "#56b4e9", "#009e73", "#f0e442", "#0072b2", "#d55e00", "#cc79a7", "#8e6bd0", "#9acd32", "#b07a3f")

NO_COLORS: Mapping[str, str] = MappingProxyType({})
NO_IDS: Mapping[str, int] = MappingProxyType({})
IDS = range(1, 2**53)  # the range of the REST interface
LONGEST_NAME = 200  # characters, as in the REST interface


def new_classes(
    names: Sequence[str],
    known: Sequence[ClassRow] = (),
    used_ids: frozenset[int] = frozenset(),
    colors: Mapping[str, str] = NO_COLORS,
    ids: Mapping[str, int] = NO_IDS,
) -> list[ClassRow]:
    """Return `known` followed by a class for each new name.

    A new class gets the id and the colour of its name in `ids` and `colors`, or else the next free ones. An id that
    is in use, or not in `IDS`, is replaced by the lowest unused id.
    """
    classes = list(known)
    taken = {*used_ids, *(row.id for row in known)}
    requested = {name: number for name, number in ids.items() if number in IDS and number not in taken}
    free_ids = filterfalse({*taken, *requested.values()}.__contains__, count(1))
    for name in names:
        clean = " ".join(name.split())
        if clean not in {row.name for row in classes}:
            color = colors.get(clean, PALETTE[len(classes) % len(PALETTE)])
            number = requested[clean] if clean in requested else next(free_ids)
            classes.append(ClassRow(number, clean, color))
    return check_classes(classes)


def check_classes(classes: Sequence[ClassRow]) -> list[ClassRow]:
    """Raise InputError for an empty, too long or unprintable name, a duplicate name or id, or an invalid colour."""
    for row in classes:
        if not row.name.strip():
            raise InputError("the name of a class is empty; enter a name")
        if len(row.name) > LONGEST_NAME:
            raise InputError(f"a class name has {len(row.name)} characters; use at most {LONGEST_NAME}")
        if printable(row.name) != row.name:
            raise InputError(f"expected a class name on a single line of plain text, got {row.name!r}")
        if not re.fullmatch(r"#[0-9a-fA-F]{6}", row.color):
            raise InputError(f"class {row.name!r}: expected a colour such as '#56b4e9', got {row.color!r}")
        if sum(other.name == row.name for other in classes) > 1:
            raise InputError(f"two classes have the name {row.name!r}; rename one")
        if sum(other.id == row.id for other in classes) > 1:
            raise InputError(f"two classes have the id {row.id}; change one")
    return list(classes)


def class_change(project: Repository, classes: Sequence[ClassRow]) -> Change[Classes]:
    """Return the change that makes `classes` the classes of the project, in this order.

    Ids stay as given; a removed class can return under its old id. Raises ConflictError when a class with
    annotations would be removed, or when another class has the id of a removed one.
    """
    after = tuple(check_classes(classes))
    before = tuple(project.classes())
    present, known = {row.id for row in before}, project.class_names()
    for row in after:
        if row.id not in present and known.get(row.id, row.name) != row.name:
            raise ConflictError(f"class {row.name!r} has the id of the deleted class {known[row.id]!r}; use another id")
    removed = present - {row.id for row in after}
    in_use = project.used_classes() & removed if removed else ()
    for row in before:
        if row.id in in_use:
            raise ConflictError(f"class {row.name!r} is in use; delete its objects or change their class first")
    return Change(before, after)


@dataclass(frozen=True, slots=True)
class MergedClasses:
    """Classes after a change, and those rows of the change that were not applied."""

    classes: Classes
    unapplied: tuple[ClassRow, ...] = ()


def merge_classes(before: Classes, after: Classes, present: Classes) -> MergedClasses:
    """Apply the change from `before` to `after` to the `present` classes; each class counts on its own.

    A class that is neither as it was before nor as it should be after stays as it is. If the present classes have
    another order than `before`, they keep it.
    """
    if present == before:
        return MergedClasses(after)
    old, new, now = ({row.id: row for row in rows} for rows in (before, after, present))
    changed = {number: new.get(number) for number in {**old, **new} if old.get(number) != new.get(number)}
    outdated = [number for number, row in changed.items() if now.get(number) not in (old.get(number), row)]
    merged = now | {number: row for number, row in changed.items() if number not in outdated}
    is_reordered = [number for number in now if number in old] != [number for number in old if number in now]
    order = (*now, *new) if is_reordered else (*new, *now)
    rows = (merged.get(number) for number in dict.fromkeys(order))
    return MergedClasses(tuple(row for row in rows if row), tuple((new | old)[number] for number in outdated))


def restored_classes(change: Change[Classes], present: Classes, used: Collection[int]) -> MergedClasses:
    """Return the classes after undo or redo applies `change`, although classes may have changed since.

    Classes that somebody has changed since, classes in use, and classes whose name another class has now stay.
    """
    old, new = ({row.id: row for row in rows} for rows in (change.before, change.after))
    stay = {number for number in old if number in used and number not in new}
    while True:
        after = tuple(row for number in new | old if (row := (old if number in stay else new).get(number)))
        merged = merge_classes(change.before, after, present)
        names = Counter(row.name for row in merged.classes)
        clashing = {row.id for row in after if row != old.get(row.id) and names[row.name] > 1}
        if not clashing:
            return replace(merged, unapplied=(*merged.unapplied, *((old | new)[number] for number in sorted(stay))))
        stay |= clashing


def with_needed(classes: Classes, needed: Iterable[ClassRow]) -> tuple[Classes, dict[int, int]]:
    """Return `classes` with the missing ones of `needed`, and the ids replaced by those of classes of the same name."""
    rows = list(classes)
    replaced: dict[int, int] = {}
    for lost in needed:
        if any(row.id == lost.id for row in rows):
            continue
        twin = next((row for row in rows if row.name == lost.name), None)
        if twin is None:
            rows.append(lost)
        else:
            replaced[lost.id] = twin.id
    return tuple(rows), replaced
