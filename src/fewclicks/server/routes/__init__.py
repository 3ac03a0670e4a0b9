"""The REST routes, a noun a file; `schemas.py` is their contract."""
