"""The REST routes, one file a resource; `schemas` contains their contract."""
