"""Folders of label files and images, as tests write them, and shapes to be put into them."""

from pathlib import Path

from PIL import Image

from fewclicks.labels import Annotation, Dataset, ImageRecord, LabelClass, Shape

WIDTH, HEIGHT = 40, 30


def put_image(path: Path, width: int = WIDTH, height: int = HEIGHT) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (width, height)).save(path)


def put_yolo(folder: Path, text: str | bytes, names: str = "[fish, crab]") -> None:
    """Two images of `train`, the first with the objects of `text`, and one of `val` without a label file."""
    put_text(folder / "data.yaml", f"path: .\ntrain: images/train\nval: images/val\nnc: 2\nnames: {names}\n")
    for name in ("train/a.png", "train/b.png", "val/c.png"):
        put_image(folder / "images" / name)
    put_text(folder / "labels" / "train" / "a.txt", text)
    put_text(folder / "labels" / "train" / "b.txt", "")


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
