"""Run as a program: everything that serving needs, while every import of what only training needs fails."""

import pkgutil
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.abc import MetaPathFinder
from pathlib import Path
from types import ModuleType

from test_layers import TORCH_SIDE_PACKAGES, is_torch_side


class Absent(MetaPathFinder):
    """Makes the packages of the `train` extra look as if they were not installed."""

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> None:
        if name.split(".")[0] in TORCH_SIDE_PACKAGES:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


def import_everything() -> int:
    """Import each module that is not for training; return how many."""
    import fewclicks

    names = [module.name for module in pkgutil.walk_packages(fewclicks.__path__, "fewclicks.", onerror=print)]
    served = [name for name in names if not is_torch_side(name) and not name.endswith("__main__")]
    for name in served:
        if ".migrations" not in name:  # scripts that only Alembic can run
            import_module(name)
    return len(served)


def label_an_object(folder: Path) -> str:
    """Make the sample project, draw a box on its first photo through the real application; return the shape's type."""
    from starlette.testclient import TestClient

    from fewclicks.demo import make_demo
    from fewclicks.server.app import create_app
    from fewclicks.store.project import Project

    make_demo(folder)
    body = {
        "id": "1",
        "annotation_id": "cat",
        "class_id": 1,
        "prompts": [{"type": "box", "xyxy": [10, 10, 440, 290]}],
    }
    with TestClient(create_app(Project(folder)), base_url="http://127.0.0.1:8000") as client:
        answer = client.post("/api/images/1/respond", json=body).raise_for_status().json()
    return str(answer["annotations"][0]["shape"]["type"])


if __name__ == "__main__":
    sys.meta_path.insert(0, Absent())
    print(f"{import_everything()} modules, answered with a {label_an_object(Path(sys.argv[1]))}")
