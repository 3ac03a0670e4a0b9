"""The REST routes, one file a resource; `schemas.py` and `job_schemas.py` are their contract."""
