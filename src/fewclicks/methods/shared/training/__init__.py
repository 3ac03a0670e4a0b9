"""Torch parts that several methods use: network blocks, augmentation, export of encode-once networks."""
