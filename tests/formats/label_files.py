"""Folders of label files and images, as tests write them, and shapes to be put into them."""

from pathlib import Path

from PIL import Image

from fewclicks.labels import Annotation, Dataset, ImageRecord, LabelClass, Shape

WIDTH, HEIGHT = 40, 30


def put_image(path: Path, width: int = WIDTH, height: int = HEIGHT) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (width, height)).save(path)


def put_text(path: Path, text: str | bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())


def dataset_of(*shapes: Shape, file_name: str = "a.png", class_name: str = "ship") -> Dataset:
    """One image with these shapes, named as a reader names them."""
    annotations = tuple(Annotation(f"1:{number}", 1, 1, shape) for number, shape in enumerate(shapes, 1))
    image = ImageRecord(1, file_name, WIDTH, HEIGHT)
    return Dataset((LabelClass(1, class_name),), (image,), annotations)


def texts_of(folder: Path) -> dict[str, str]:
    """Every text file below a folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in folder.rglob("*")
        if path.is_file() and path.suffix in {".txt", ".yaml", ".xml", ".json"}
    }
