"""What the benchmarks of trends have in common: the program, and tables in Markdown."""

import subprocess
import sys
from collections.abc import Iterable, Sequence


def fewclicks(*arguments: str) -> None:
    """Run a command of the program; whatever goes wrong ends the benchmark."""
    subprocess.run([sys.executable, "-m", "fewclicks", *arguments], check=True)


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table in Markdown under its title."""
    print(f"\n{title}\n")
    for cells in (columns, ["---"] * len(columns), *rows):
        print("| " + " | ".join(cells) + " |")
