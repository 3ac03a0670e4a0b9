"""A server for tests of detection without trained weights: `python serve_blobs.py [--oriented] PROJECT --port PORT`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from blob_model import BlobModel

from fewclicks.methods.detect.inference.large.tiled import TiledModel
from fewclicks.methods.registry import open_shipped
from fewclicks.server.run import serve

if __name__ == "__main__":
    models = {"segment": open_shipped("segment"), "detect": TiledModel(BlobModel(oriented="--oriented" in sys.argv))}
    at = sys.argv.index("--port")
    serve(Path(sys.argv[at - 1]), int(sys.argv[at + 1]), open_browser=False, models=models)
