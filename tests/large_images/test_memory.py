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
from fewclicks.interactions import Click
from fewclicks.large_images.cache import LevelCache
from fewclicks.large_images.deep_zoom import DeepZoom, read_tile
from fewclicks.large_images.image import read_thumbnail
from fewclicks.methods.segment.assist import SegmentAssist

def peak():
    return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1e3

def answer(encoding, x):
    return assist.respond(encoding, (Click(x, 3000, True),)).mask.area

path = Path(sys.argv[1])
assist = SegmentAssist.shipped()
import numpy as np
answer(assist.encode(np.zeros((4000, 900, 3), np.uint8)), 400)
before = peak()
cache = LevelCache(path.parent / "cache", 10**9)
cache.make(path, "it", lambda part: None)
image = cache.find(path, "it")
finest = DeepZoom(image.size_hw).finest
for level in range(9, finest + 1):
    for column in range(min(4, 1 << (level - 9))):
        read_tile(image, level, column, min(1, (1 << (level - 9)) - 1))
encoding = assist.encode_large(image)
for x in (500, 4000, 7900):
    answer(encoding, x)
read_thumbnail(path)
print(peak() - before)
"""


@pytest.mark.parametrize("name", ["photo.jpg", "photo.png", "tiled.tif"])
def test_the_image_is_never_in_memory_as_a_whole(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    noise = np.random.default_rng(0).integers(90, 160, (500, 500, 3), dtype=np.uint8)
    repeated = pyvips.Image.new_from_array(noise, interpretation="srgb").replicate(16, 14)
    options = {"tile": True, "compression": "jpeg"} if name == "tiled.tif" else {}
    repeated.write_to_file(str(path), **options)
    done = subprocess.run([sys.executable, "-c", SCRIPT, str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) < MOST < WHOLE
