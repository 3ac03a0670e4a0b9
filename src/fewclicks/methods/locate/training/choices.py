"""The choices of a training run by name, without torch, so that the command line can list them."""

from typing import Literal

LossTerms = Literal["mil", "mil+ann", "mil+neg", "ann+neg", "pos+ann+neg", "mil+ann+neg"]  # rows of table 2
