"""fewclicks: label images with a few clicks."""

__version__ = "0.1.0"
