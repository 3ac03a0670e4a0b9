"""Data sets for training and measuring: images with boxes, masks or partitions, read from their formats."""
