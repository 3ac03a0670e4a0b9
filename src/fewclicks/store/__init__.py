"""A project on disk: images where they lie, the append-only log of interactions, and what it amounts to."""
