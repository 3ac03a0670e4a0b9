"""Training of `locate`, with torch."""
