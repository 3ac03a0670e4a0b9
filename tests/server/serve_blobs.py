"""A server process for tests of detection without trained weights: `python serve_blobs.py PROJECT --port PORT ...`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from blob_detector import BlobDetector

from fewclicks.methods.segment.assist import SegmentAssist
from fewclicks.server.run import serve

if __name__ == "__main__":
    assists = {"segment": SegmentAssist.shipped(), "detect": BlobDetector(oriented="--oriented" in sys.argv)}
    serve(Path(sys.argv[1]), int(sys.argv[sys.argv.index("--port") + 1]), open_browser=False, assists=assists)
