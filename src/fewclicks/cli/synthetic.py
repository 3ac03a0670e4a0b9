"""`fewclicks synthetic`: a made-up set to train on and to measure with."""

from pathlib import Path
from typing import Annotated

import typer

from fewclicks.cli.limits import LARGEST_SEED


def synthetic(
    to: Annotated[Path, typer.Option(help="The folder to make.")],
    images: Annotated[int, typer.Option(min=1, max=100_000, help="How many images.")] = 40,
    classes: Annotated[int, typer.Option(min=1, max=10_000, help="How many classes, at most six in an image.")] = 6,
    objects: Annotated[int, typer.Option(min=1, max=10_000, help="About so many objects in an image.")] = 40,
    side: Annotated[int, typer.Option(min=64, max=8192, help="Pixels of an image's side.")] = 640,
    seed: Annotated[int, typer.Option(min=0, max=LARGEST_SEED, help="Seed of everything.")] = 0,
    first: Annotated[int, typer.Option(min=1, help="Number of the first image: other images of the same set.")] = 1,
) -> None:
    """Draw a made-up set of small turned things. Images, and COCO with their outlines and classes."""
    from fewclicks.cli.simulate import bar_of
    from fewclicks.synthetic.drawing import Wanted, write_set

    with bar_of("drawing", images) as advance:
        path = write_set(Wanted(images, classes, side, objects, seed, first), to, advance)
    typer.echo(f"{images} images and {path}")
