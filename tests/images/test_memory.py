"""A large image costs a part of its size in memory, whatever is done with it."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import pyvips

SIZE_HW = (7_000, 8_000)
WHOLE = SIZE_HW[0] * SIZE_HW[1] * 3 / 1e6  # MB
MOST = 100  # MB

SCRIPT = """
import re, sys
from pathlib import Path
from fewclicks.prompts import Click, Prompts
from fewclicks.images.level_cache import LevelCache
from fewclicks.images.deep_zoom import DeepZoom, read_tile
from fewclicks.images.large_image import read_thumbnail
from fewclicks.methods.registry import shipped_files
from fewclicks.methods.segment import ROLE
from fewclicks.methods.segment.inference.opening import open_model

def peak():
    return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1e3

def answer(encoding, x):
    return model.respond(encoding, Prompts.of(Click(x, 3000, True))).answer.mask.area

path = Path(sys.argv[1])
model = open_model(shipped_files(ROLE))
import numpy as np
answer(model.encode(np.zeros((4000, 900, 3), np.uint8)), 400)
before = peak()
cache = LevelCache(path.parent / "cache", 10**9)
cache.make(path, "it", lambda part: None)
image = cache.find(path, "it")
finest = DeepZoom(image.size_hw).finest
for level in range(9, finest + 1):
    for column in range(min(4, 1 << (level - 9))):
        read_tile(image, level, column, min(1, (1 << (level - 9)) - 1))
encoding = model.encode(image)
for x in (500, 4000, 7900):
    answer(encoding, x)
read_thumbnail(path)
print(peak() - before)
"""


DETECT = """
import re, sys
from pathlib import Path
import numpy as np
from fewclicks.images.level_cache import LevelCache
from fewclicks.methods.registry import open_shipped
from fewclicks.methods.spec import Resources
from fewclicks.model import Options
from fewclicks.prompts import ClassClick, Prompts

def peak():
    return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1e3

path = Path(sys.argv[1])
model = open_shipped("detect", Resources(cache_bytes=20_000_000))
clicks = ClassClick(500, 500, 1), ClassClick(700, 300, 2)
prompts = Prompts.of(*clicks)
noise = np.random.default_rng(0).integers(90, 160, (1024, 1024, 3), dtype=np.uint8)
model.respond(model.encode(noise), Prompts((clicks,), model.examples(model.encode(noise), clicks)))
before = peak()
cache = LevelCache(path.parent / "cache", 10**9)
cache.make(path, "it", lambda part: None)
encoding, found = model.encode(cache.find(path, "it")), None
while found is None or len(found.memo.by_tile) < 25:
    found = model.respond(encoding, prompts, found, Options(seconds=0))
print(peak() - before)
"""


@pytest.mark.parametrize("name", ["photo.jpg", "photo.png", "tiled.tif"])
def test_the_image_is_never_in_memory_as_a_whole(tmp_path: Path, name: str) -> None:
    assert taken(SCRIPT, large_image(tmp_path / name)) < MOST < WHOLE


def test_tiles_take_what_their_store_allows(tmp_path: Path) -> None:
    """Two clicks are followed through 25 tiles, whose encodings together take 200 MB."""
    assert taken(DETECT, large_image(tmp_path / "photo.jpg")) < MOST


def large_image(path: Path) -> Path:
    noise = np.random.default_rng(0).integers(90, 160, (500, 500, 3), dtype=np.uint8)
    repeated = pyvips.Image.new_from_array(noise, interpretation="srgb").replicate(16, 14)
    options = {"tile": True, "compression": "jpeg"} if path.suffix == ".tif" else {}
    repeated.write_to_file(str(path), **options)
    return path


def taken(script: str, path: Path) -> float:
    """The most memory that a script took, in MB, beyond what it has without the image."""
    done = subprocess.run([sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return float(done.stdout)
