"""Parts that models of points share: prompts as arrays, reading scales, windows of large images, suppression."""
