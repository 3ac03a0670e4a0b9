"""Sizes of what the networks of `segment` read and answer, in pixels or cells a side."""

CROP = 256  # pixels of the window as the network sees it
GRID = 128  # cells of the prompt maps and of the answer
SCENE = 384  # pixels of what an encode-once network reads in training
