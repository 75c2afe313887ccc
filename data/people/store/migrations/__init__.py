"""The steps from the first tables to those of this release, as Alembic runs them."""
