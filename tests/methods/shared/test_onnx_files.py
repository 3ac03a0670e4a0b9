import statistics
import time

import numpy as np

from fewclicks.methods.registry import get_role, shipped_files
from fewclicks.methods.shared.onnx_files import open_onnx

WAIT = 0.1  # seconds
MOST_BUSY = 0.015  # seconds of processor time in WAIT; left alone, idle threads of ONNX Runtime take 0.03 or more


def processor_time_after_a_run(spin: bool) -> float:
    """Return the seconds of processor time that idle threads use while nothing else happens, median of five waits."""
    session = open_onnx((shipped_files(get_role("detect")) or {})[".encoder.onnx"], threads=2, spin=spin)
    image, busy = np.zeros((1, 256, 256, 3), np.uint8), []
    for _ in range(5):
        session.run(None, {"rgb": image})
        begin = time.process_time()
        time.sleep(WAIT)
        busy.append(time.process_time() - begin)
    return statistics.median(busy)


def test_idle_threads_soon_stop_waiting_at_full_speed() -> None:
    assert processor_time_after_a_run(spin=True) < MOST_BUSY
    assert processor_time_after_a_run(spin=False) < MOST_BUSY
