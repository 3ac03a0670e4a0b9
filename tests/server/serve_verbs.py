"""A server that answers every kind of request without trained weights: `python serve_verbs.py PROJECT --port PORT`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from fewclicks.server.run import serve
from halfway import install
from server.verbs import make_quick, models

if __name__ == "__main__":
    install()
    make_quick()
    at = sys.argv.index("--port")
    serve(Path(sys.argv[at - 1]), int(sys.argv[at + 1]), open_browser=False, models=models())
