"""An image is read once by a backbone and pyramid; an answer runs a head on features and pixels of a window."""

from dataclasses import dataclass
from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import interpolate
from torchvision.ops import roi_align

from fewclicks.methods.shared.training.blocks import (
    STAGE_CHANNELS,
    BackboneNetwork,
    conv_norm,
    freeze,
    freeze_statistics,
    imagenet_normalise,
    load_mobilenet,
    mobilenet_stages,
)

PYRAMID_CHANNELS = 32


def _up(x: Float[Tensor, "B C h w"]) -> Float[Tensor, "B C H W"]:
    return interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)


class PromptEncoder(nn.Module):
    """Prompt maps to features at strides 2 and 4 of the crop."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.fine = conv_norm(channels, 16)
        self.coarse = nn.Sequential(conv_norm(16, 32, stride=2), nn.Conv2d(32, STAGE_CHANNELS[1], 3, padding=1))

    def forward(
        self, prompts: Float[Tensor, "B P G G"]
    ) -> tuple[Float[Tensor, "B 16 G G"], Float[Tensor, "B 24 G//2 G//2"]]:
        fine = self.fine(prompts)
        return fine, self.coarse(fine)


@dataclass(frozen=True, slots=True)
class Widths:
    """Channels of the decoder at strides 16 (and 32), 8, 4, and what goes into and comes out of stride 2."""

    at16: int = 128
    at8: int = 96
    at4: int = 64
    into2: int = 32
    at2: int = 24


WIDE = Widths()


class Decoder(nn.Module):
    """Top-down path from stride 32 to the answer at stride 2."""

    def __init__(self, fine_channels: int, widths: Widths) -> None:
        super().__init__()
        _, c4, c8, c16, c32 = STAGE_CHANNELS
        w16, w8, w4 = widths.at16, widths.at8, widths.at4
        self.context = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(c32, w16, 1), nn.ReLU(inplace=True))
        self.from32 = conv_norm(c32, w16, 1)
        self.lateral16, self.merge16 = conv_norm(c16, w16, 1), conv_norm(w16, w16)
        self.narrow8, self.lateral8, self.merge8 = nn.Conv2d(w16, w8, 1), conv_norm(c8, w8, 1), conv_norm(w8, w8)
        self.narrow4, self.lateral4, self.merge4 = nn.Conv2d(w8, w4, 1), conv_norm(c4, w4, 1), conv_norm(w4, w4)
        self.narrow2 = nn.Conv2d(w4, widths.into2, 1)
        self.merge2 = conv_norm(widths.into2 + fine_channels, widths.at2)
        self.answer = nn.Conv2d(widths.at2, 1, 1)

    def forward(self, fine: Tensor, pyramid: list[Tensor]) -> Float[Tensor, "B 1 G G"]:
        """`fine` at stride 2, `pyramid` at strides 4, 8, 16 and 32 of the window."""
        return self.answer(self.decoded(fine, pyramid)[1])

    def decoded(self, fine: Tensor, pyramid: list[Tensor]) -> tuple[Float[Tensor, "B C g g"], Float[Tensor, "B D G G"]]:
        """The features at strides 4 and 2 that the answer is made of, from the input of `forward`."""
        x4, x8, x16, x32 = pyramid
        x = self.from32(x32) + self.context(x32)
        x = self.merge16(_up(x) + self.lateral16(x16))
        x = self.merge8(_up(self.narrow8(x)) + self.lateral8(x8))
        x = self.merge4(_up(self.narrow4(x)) + self.lateral4(x4))
        return x, self.merge2(torch.cat([_up(self.narrow2(x)), fine], 1))


class Head(nn.Module):
    """What runs at every answer: prompts join at stride 4, MobileNetV2's deeper stages, the decoder."""

    def __init__(self, prompt_channels: int, widths: Widths = WIDE) -> None:
        super().__init__()
        self.prompts = PromptEncoder(prompt_channels)
        self.deeper = mobilenet_stages(2, 5)
        self.decoder = Decoder(STAGE_CHANNELS[0] + 16, widths)

    def forward(
        self,
        fine: Float[Tensor, "B 16 G G"],
        features: Float[Tensor, "B 24 G//2 G//2"],
        prompts: Float[Tensor, "B P G G"],
    ) -> Float[Tensor, "B 1 G G"]:
        return self.decoder(*self.read(fine, features, prompts))

    def read(self, fine: Tensor, features: Tensor, prompts: Tensor) -> tuple[Tensor, list[Tensor]]:
        """What the decoder gets, from the input of `forward`."""
        prompt_fine, prompt_coarse = self.prompts(prompts)
        x = features + prompt_coarse
        pyramid = [x]
        for stage in self.deeper:
            x = stage(x)
            pyramid.append(x)
        return torch.cat([fine, prompt_fine], 1), pyramid


class Pyramid(nn.Module):
    """Reads a whole image once: MobileNetV2 and a feature pyramid, one map at stride 4."""

    def __init__(self) -> None:
        super().__init__()
        self.stages = mobilenet_stages(0, 5)
        self.lateral = nn.ModuleList(nn.Conv2d(c, 64, 1) for c in STAGE_CHANNELS[1:])
        self.merge = nn.ModuleList(conv_norm(64, 64) for _ in STAGE_CHANNELS[2:])
        self.out = nn.Conv2d(64, PYRAMID_CHANNELS, 1)
        freeze(self.stages[:2])

    def train(self, mode: bool = True) -> "Pyramid":
        super().train(mode)
        freeze_statistics(self.stages)
        return self

    def forward(self, rgb: Float[Tensor, "B 3 H W"]) -> Float[Tensor, "B 32 h w"]:
        """RGB 0..255, sides multiples of 32, to features at stride 4."""
        x = imagenet_normalise(rgb)
        levels = []
        for stage in self.stages:
            x = stage(x)
            levels.append(x)
        top = self.lateral[-1](levels[-1])
        for lateral, merge, level in zip(
            reversed(self.lateral[:-1]), reversed(self.merge), reversed(levels[1:-1]), strict=True
        ):
            top = merge(_up(top) + lateral(level))
        return self.out(top)


class EncodeOnceNetwork(BackboneNetwork):
    """Image encoded once; at an answer the head sees RoI features and the pixels of the window.

    `grid`: side of the prompt maps, of the window's pixels and of the answer; a multiple of 16.
    """

    def __init__(self, prompt_channels: int, grid: int, widths: Widths = WIDE) -> None:
        super().__init__()
        self.grid = grid
        self.pyramid = Pyramid()
        self.pixels = nn.Sequential(conv_norm(3, 16), nn.Conv2d(16, STAGE_CHANNELS[0], 3, padding=1))
        self.adapt = nn.Conv2d(PYRAMID_CHANNELS, STAGE_CHANNELS[1], 1)
        self.head = Head(prompt_channels, widths)

    def load_backbone(self, path: Path) -> None:
        load_mobilenet(self.pyramid.stages, path)
        load_mobilenet(self.head.deeper, path)

    def train(self, mode: bool = True) -> "EncodeOnceNetwork":
        super().train(mode)
        freeze_statistics(self.pyramid.stages)
        freeze_statistics(self.head.deeper)
        return self

    def encode(self, rgb: Float[Tensor, "B 3 H W"]) -> Float[Tensor, "B 32 h w"]:
        return self.pyramid(rgb)

    def respond(
        self,
        features: Float[Tensor, "B 32 h w"],
        windows: Float[Tensor, "N 5"],
        rgb: Float[Tensor, "N 3 G G"],
        prompts: Float[Tensor, "N P G G"],
    ) -> Float[Tensor, "N 1 G G"]:
        """Answer N windows, rows (image index, x0, y0, x1, y1) in pixels of the encoded image."""
        roi = roi_align(features.float(), windows, (self.grid // 2, self.grid // 2), 0.25, 1, aligned=True)
        return self.head(self.pixels(imagenet_normalise(rgb)), self.adapt(roi), prompts)
