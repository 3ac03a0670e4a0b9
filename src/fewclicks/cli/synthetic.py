"""`fewclicks synthetic`: synthetic data for training and measurements."""

from pathlib import Path
from typing import Annotated

import typer

LARGEST_SEED = 2**32 - 1


def synthetic(
    to: Annotated[Path, typer.Option(help="Folder to create.")],
    images: Annotated[int, typer.Option(min=1, max=100_000, help="Number of images.")] = 40,
    classes: Annotated[int, typer.Option(min=1, max=10_000, help="Number of classes; an image has at most six.")] = 6,
    objects: Annotated[int, typer.Option(min=1, max=10_000, help="Approximate number of objects in an image.")] = 40,
    side: Annotated[int, typer.Option(min=64, max=8192, help="Width and height of an image, in pixels.")] = 640,
    seed: Annotated[int, typer.Option(min=0, max=LARGEST_SEED, help="Seed of all images and classes.")] = 0,
    first: Annotated[int, typer.Option(min=1, help="Number of the first image; other numbers give other images.")] = 1,
) -> None:
    """Draw images of small oriented objects, with COCO annotations of their outlines and classes."""
    from fewclicks.cli.progress import progress_bar
    from fewclicks.synthetic.drawing import Wanted, write_set

    with progress_bar() as bar:
        bar.start("drawing", images)
        path = write_set(Wanted(images, classes, side, objects, seed, first), to, bar.advance)
    typer.echo(f"wrote {images} images and {path}")
