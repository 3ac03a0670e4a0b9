"""A server process for tests: `python serve_colour.py PROJECT PORT [BYTES]`, the last a quota on its files."""

import resource
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from colour_model import ColourModel

from fewclicks.errors import FewclicksError
from fewclicks.server.run import serve

if __name__ == "__main__":
    if len(sys.argv) > 3:
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), resource.RLIM_INFINITY))
    try:
        serve(Path(sys.argv[1]), int(sys.argv[2]), open_browser=False, models={"segment": ColourModel()})
    except FewclicksError as error:
        sys.exit(str(error))
