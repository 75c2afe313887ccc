"""What the process that forks those of tests does before it forks any: none of them does it again."""

import alembic.command
import coverage

from data.warehouse import analysis, build, models
from service import commands

__all__ = ["alembic", "analysis", "commands"]  # imported, so that no fork imports them

# A fork ends without saying which lines it ran. Watching it would take half as long again, for nothing.
if (watching := coverage.Coverage.current()) is not None:
    watching.stop()

for model in models.in_order():
    models.columns(model)
build.statements()
