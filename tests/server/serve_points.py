"""A server for tests of points without trained weights: `python serve_points.py PROJECT --port PORT`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from fewclicks.methods.registry import open_shipped
from fewclicks.server.run import serve
from halfway import install
from server.blob_model import BlobModel

if __name__ == "__main__":
    install()
    from fewclicks_halfway import HalfwayModel

    models = {"segment": open_shipped("segment"), "detect": BlobModel(), "halfway": HalfwayModel()}
    at = sys.argv.index("--port")
    serve(Path(sys.argv[at - 1]), int(sys.argv[at + 1]), open_browser=False, models=models)
