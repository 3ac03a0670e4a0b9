"""Class slots on kinds of objects that their weights have never seen: clicks, example boxes, template matching.

    python benchmarks/unseen.py --data DIR

DIR holds the sets as docs/results.md names them: bccd, aquarium, and one folder for each set in boxes. The weights in
benchmarks/weights were trained on none of these. Every row is one run of `fewclicks simulate detect`, and its report is
kept in --out. A second call skips finished runs, so you can stop this one at any time. Without --data, no run starts,
and the table shows the reports that exist. The table is printed as Markdown and written to docs/results.md.
"""

import argparse
import json
import re
from pathlib import Path

import numpy as np
from trends import fewclicks, markdown

ROOT = Path(__file__).parents[1]
REPORTS = ROOT / "benchmarks" / "reports" / "unseen"
RESULTS = ROOT / "docs" / "results.md"
WEIGHTS = ROOT / "benchmarks" / "weights" / "detect.onnx"
TABLE = re.compile(r"(<!-- unseen -->\n).*?(<!-- end -->)", re.DOTALL)
CLICKS = (1, 2, 3, 5)  # a class, in the table

FOLDERS = (
    "bolts", "bottles", "cards", "chess", "colonies", "craters", "crystals", "eggs", "facades", "fruit", "particles",
    "screws", "spheres", "trap_insects",
)  # fmt: skip
SETS = {
    "bccd": "bccd@test",
    "aquarium": "aquarium@test",
    **{name: f"boxes/{name}/train.json" for name in FOLDERS},
}
UNTOUCHED = ("cards", "craters", "fruit", "particles", "trap_insects")  # no setting of boxes was chosen on these
SLOTS = ("detect", "--weights", str(WEIGHTS.relative_to(ROOT)))
ARMS = {
    "clicks": (*SLOTS, "--example", "click"),
    "boxes": (*SLOTS, "--example", "box"),
    "template matching": ("template-matching",),
}


def report(out: Path, of_set: str, arm: str) -> Path:
    """Return where the report of a run is kept."""
    return out / of_set / f"{arm.replace(' ', '_')}.json"


def measure(data: Path, out: Path, of_set: str, arm: str) -> None:
    """Write the report of a run, unless it exists."""
    path = report(out, of_set, arm)
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    name, *options = ARMS[arm]
    fewclicks(
        "simulate", name, "--data", str(data / SETS[of_set]), "--per-class", "--clicks", str(max(CLICKS)),
        "--sessions", "1", *options, "--json", str(path),
    )  # fmt: skip


def unclicked(out: Path, of_set: str, arm: str) -> list[float]:
    """Return the mAP at IoU 0.5 of objects that nobody clicked, by CLICKS; NaN where none is left or measured."""
    path = report(out, of_set, arm)
    if not path.exists():
        return [np.nan] * len(CLICKS)
    by_clicks = json.loads(path.read_text(encoding="utf-8"))["unclicked_map50_by_clicks"]
    return [np.nan if by_clicks[count] is None else by_clicks[count][0] for count in CLICKS]


def shown(out: Path) -> str:
    """Return the table of all sets, and their mean, in Markdown."""
    found = {arm: np.array([unclicked(out, of_set, arm) for of_set in SETS]) for arm in ARMS}
    rows = [[of_set, *(cell(found[arm][number]) for arm in ARMS)] for number, of_set in enumerate(SETS)]
    untouched = [number for number, of_set in enumerate(SETS) if of_set in UNTOUCHED]
    rows.append(["**mean**", *(cell(np.nanmean(found[arm], 0)) for arm in ARMS)])
    rows.append([f"mean of {', '.join(UNTOUCHED)}", *(cell(np.nanmean(found[arm][untouched], 0)) for arm in ARMS)])
    counts = ", ".join(map(str, CLICKS))
    return (
        f"mAP at IoU 0.5 of the objects that nobody clicked, after {counts} clicks or boxes a class:\n\n"
        f"{markdown(('', *ARMS), rows)}\n\n{wins(found)}\n"
    )


def cell(values: np.ndarray) -> str:
    return " / ".join("-" if np.isnan(value) else f"{value:.2f}" for value in values)


def wins(found: dict[str, np.ndarray]) -> str:
    """Return in how many sets boxes are better than each other arm, and three of them better than one."""
    at = CLICKS.index(3)
    boxes = found["boxes"]
    others = [f"{arm} on {(boxes[:, at] > found[arm][:, at]).sum()}" for arm in ARMS if arm != "boxes"]
    return (
        f"Of the {len(SETS)} data sets, three boxes give a higher mAP than three {' and than '.join(others)}, "
        f"and a higher mAP than a single box on {(boxes[:, at] > boxes[:, 0]).sum()}."
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, help="the folder of the sets; without it, no run starts")
    parser.add_argument("--out", type=Path, default=REPORTS, help="folder of the reports")
    parser.add_argument("--only", nargs="+", choices=SETS, default=list(SETS), help="these sets")
    options = parser.parse_args()
    if options.data:
        for of_set in options.only:
            for arm in ARMS:
                measure(options.data, options.out, of_set, arm)
    table = shown(options.out)
    print(table)
    text = RESULTS.read_text(encoding="utf-8")
    RESULTS.write_text(TABLE.sub(lambda found: f"{found[1]}{table}{found[2]}", text), encoding="utf-8")


if __name__ == "__main__":
    main()
