"""`fewclicks models`: what is installed, its card, size, licence, where it came from."""

from importlib import resources
from pathlib import Path

import typer


def models() -> None:
    """List the installed models with their cards."""
    from rich.console import Console

    from fewclicks.methods.card import read_card

    console = Console(highlight=False)
    folder = Path(str(resources.files("fewclicks.methods") / "weights"))
    for weights in sorted(path for path in folder.glob("*.onnx") if path.with_suffix(".json").exists()):
        card = read_card(weights)
        size = sum(part.stat().st_size for part in folder.glob(f"{weights.stem}[._]*onnx")) / 1e6
        console.print(f"[bold]{card.name}[/bold] ({card.method}), {size:.1f} MB, {weights}")
        console.print(f"  {card.summary}")
        console.print(f"  licence: {card.licence}")
        console.print(f"  trained on: {'; '.join(card.data)}")
        console.print(f"  made by: {card.command}", soft_wrap=True)
        for key, value in card.figures.items():
            console.print(f"  {key}: {value}", soft_wrap=True)


app = typer.Typer()
app.command()(models)
