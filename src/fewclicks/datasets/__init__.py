"""Training and test sets: images with boxes, masks or partitions, read from the formats they come in."""
