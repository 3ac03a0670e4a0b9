"""A project on disk: its images, the append-only log of requests, and the tables that follow from the log."""
