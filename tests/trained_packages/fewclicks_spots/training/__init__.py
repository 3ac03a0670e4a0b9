"""Training of `spots`, with torch."""
