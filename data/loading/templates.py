"""Empty files of every input table, to be filled."""

import csv
from pathlib import Path

from data import contract
from data.errors import BadInput
from data.loading import files


def write(folder: Path) -> list[Path]:
    """Writes an empty CSV of every contract table, and returns them. Raises BadInput rather than overwrite a file."""
    with files.explained(str(folder)):
        folder.mkdir(parents=True, exist_ok=True)
        paths = [folder / f"{table.name}.csv" for table in contract.TABLES]
        if there := [path.name for path in paths if path.exists()]:
            raise BadInput(
                f"{folder} already holds {', '.join(there)}.", "Templates never replace files.", "Name another folder."
            )
        for path, table in zip(paths, contract.TABLES, strict=True):
            with path.open("w", encoding="utf-8", newline="") as handle:
                csv.writer(handle).writerow(table.column_names)
    return paths
