"""Alembic migrations of `project.db`, run when a project is opened."""
