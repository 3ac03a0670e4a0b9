"""`detect` on images that are too large to be read at once."""
