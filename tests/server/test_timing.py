import time

from fastapi.testclient import TestClient


def test_every_answer_says_how_long_it_took(client: TestClient) -> None:
    for path in ("/api/images", "/api/nothing"):
        began = time.perf_counter()
        header = client.get(path).headers["server-timing"]
        elapsed = (time.perf_counter() - began) * 1e3
        assert header.startswith("total;dur=")
        assert 0 < float(header.removeprefix("total;dur=")) <= elapsed
