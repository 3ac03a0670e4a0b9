"""A server that obeys the permissions of files, also as root: `python serve_read_only.py PROJECT --port PORT`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from fewclicks.cli import run
from permissions import obey_permissions

if __name__ == "__main__":
    obey_permissions()
    sys.exit(run(["serve", *sys.argv[1:]]))
