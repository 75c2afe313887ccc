"""People for tests: one of each role, and anybody of any."""

from data.people.person import Person, Role


def somebody(*roles: Role, scope: str = "director", name: str = "") -> Person:
    """A person with these roles who reads that scope's file."""
    key = scope if scope != "director" else "+".join(roles)
    return Person(key, name or key, frozenset(roles), scope)


ADMIN = somebody("admin")
DIRECTOR = somebody("director")
ECOMMERCE = somebody("ecommerce", scope="ecommerce")
LEAD = somebody("lead", scope="lead:R0", name="Rep 0")
REP = somebody("rep", scope="rep:R0", name="Rep 0")
OTHER = somebody("rep", scope="rep:R1", name="Rep 1")
EVERY_ROLE = {"admin": ADMIN, "director": DIRECTOR, "lead": LEAD, "rep": REP, "ecommerce": ECOMMERCE}
