"""Databases as sources: PostgreSQL, MySQL and MariaDB, only ever read.

description    what a source's YAML says: where the database is, and what of it gives which table
credentials    its password, from the environment or a file of its own
postgresql, mysql
one session that reads and cannot write; every value comes as the text the server writes for it
mirror         what was read so far, kept as Parquet below the home; what is new is told by comparing with it
refreshing     reads, compares, hands what changed to a load, and only then keeps what was read
"""

from data.loading.sources.database.refreshing import refresh

__all__ = ["refresh"]
