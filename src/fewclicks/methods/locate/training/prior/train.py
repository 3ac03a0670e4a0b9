"""Training of the shipped refiner, and its file and card."""

from dataclasses import asdict
from pathlib import Path

import torch
from jaxtyping import Float, UInt8
from torch import Tensor, nn

from fewclicks.methods.card import Card, write_card
from fewclicks.methods.locate import REFINE
from fewclicks.methods.locate.inference.runtime import MAIN, NetworkInfo
from fewclicks.methods.locate.training.prior.network import PriorNetwork
from fewclicks.methods.locate.training.prior.recipe import RATE, SPACING, PriorSettings, PriorTask
from fewclicks.methods.locate.training.prior.sets import training_sets, training_specs
from fewclicks.methods.shared.training.trained_card import training_files
from fewclicks.methods.shared.training.training_files import code_version, write_training_files
from fewclicks.training.export import export_onnx, fingerprint
from fewclicks.training.loop import Budget, device, run, tune_process

LICENCES = (
    "Apache-2.0 (weights; the data have licences of their own: DeepPCB (MIT), Aquarium (CC BY 4.0, Roboflow), COCO "
    "photos (Flickr licences), others CC BY 4.0, MIT, Apache-2.0, in the public domain or not stated); MobileNetV2 "
    "start weights MIT"
)
RADIUS, RELATIVE = 16, 0.8  # see NetworkInfo; chosen on the training sets


def train_prior(data: Path, backbone: Path, out: Path, budget: Budget) -> Path:
    """Train the shipped refiner in `out`, where an interrupted run resumes; return its file refine.onnx.

    Raises InputError for data and weights that cannot be read.
    """
    tune_process()
    sources = training_sets(data)
    task = PriorTask(PriorSettings(), sources, backbone, device())
    run(task, out, budget, RATE)
    path = out / f"{REFINE.name}{MAIN}"
    export_prior(task.network, path)
    images = tuple(f"{source.name}: {len(source.images)} images" for source in sources)
    files = write_training_files(training_files(sources, training_specs(data)), path)
    write_card(_card(images, asdict(task.settings), budget, files), path)
    return path


def export_prior(network: PriorNetwork, path: Path) -> float:
    """Write `rgb` uint8 [1, H, W, 3] to the features `maps` [1, 64, h, w]; return the largest difference to torch."""
    generator = torch.Generator().manual_seed(0)
    rgb = torch.randint(0, 256, (1, 256, 320, 3), dtype=torch.uint8, generator=generator)
    version = f"{path.stem}-{fingerprint(network)}"
    info = NetworkInfo(version, REFINE.name, radius=RADIUS, relative=RELATIVE, spacing=SPACING)
    return export_onnx(_Features(network), {"rgb": rgb}, path, info, ("maps",), {"rgb": (1, 2)})


class _Features(nn.Module):
    def __init__(self, network: PriorNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, rgb: UInt8[Tensor, "1 H W 3"]) -> Float[Tensor, "1 D h w"]:
        return self.network(rgb.permute(0, 3, 1, 2).float())


def _card(data: tuple[str, ...], settings: dict[str, object], budget: Budget, files: str) -> Card:
    length = f"--minutes {budget.minutes:g}" if budget.minutes else f"--steps {budget.steps}"
    return Card(
        name=REFINE.name,
        method=REFINE.name,
        summary="Features that move points to the centres of their objects, for any class, without training.",
        licence=LICENCES,
        data=data,
        command=f"python -m fewclicks.methods.locate.training.prior DATA mobilenet_v2.safetensors OUT {length}",
        settings={**settings, "radius": RADIUS, "relative": RELATIVE, "spacing": SPACING},
        files=files,
        code=code_version(),
    )
