"""Edit the same images in two browsers at random: `python tests/long/two_pages.py [--seconds N] [--seed N]`.

In the end both pages show what is stored, and every acknowledged change is in the log. The report counts what was
done; it is written only then. This needs Chromium and the built page.
"""

import argparse
import sys
import tempfile
from pathlib import Path
from random import Random

TESTS = Path(__file__).parents[1]
sys.path[:0] = [str(TESTS), str(TESTS / "end_to_end")]

from page_driver import chromium, find_chromium  # noqa: E402
from random_edits import Person, check_equal, check_nothing_is_lost, edit_at_random, two_people  # noqa: E402

REPORT = Path(__file__).parent / "reports" / "two_pages.md"
TEXT = """# Two pages

Two browsers edited the same three images at random for {minutes:.1f} minutes. In the end, both showed what was stored. All {acknowledged:,} acknowledged changes were in the log, and `fewclicks check` found no problem.

Seed: {seed}. Command: `python tests/long/two_pages.py --seconds {seconds:g} --seed {seed}`.

| action | first page | second page |
|---|---:|---:|
{rows}
| refused requests | {refused} |

`choose`: both pages had changed an object, a status, a class or class clicks, and one of the versions was chosen. `accept`, `leave` and `stay`: the answer when a page asked about suggestions. A request is refused, for example, if the change that it would undo is not the latest one any more.
"""  # noqa: E501


def main(seconds: float, seed: int, report: Path) -> None:
    """Edit, check, and write the report."""
    path, random = find_chromium(), Random(seed)
    if path is None:
        sys.exit("no Chromium on PATH (chromium, chromium-browser or google-chrome)")
    with (
        tempfile.TemporaryDirectory() as folder,
        chromium(path) as browser,
        two_people(browser, Path(folder) / "project", random) as (server, people),
    ):
        edit_at_random(people, random, seconds)
        check_equal(people)
        acknowledged = check_nothing_is_lost(server, people)
        text = TEXT.format(
            minutes=seconds / 60,
            seconds=seconds,
            seed=seed,
            acknowledged=acknowledged,
            rows=_rows(people),
            refused=" | ".join(str(person.refused) for person in people),
        )
    report.parent.mkdir(exist_ok=True)
    report.write_text(text)
    print(f"wrote {report}")


def _rows(people: tuple[Person, Person]) -> str:
    actions = sorted(people[0].done | people[1].done)
    return "\n".join(f"| `{name}` | {people[0].done[name]} | {people[1].done[name]} |" for name in actions)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=33)
    parser.add_argument("--report", type=Path, default=REPORT)
    given = parser.parse_args()
    main(given.seconds, given.seed, given.report)
