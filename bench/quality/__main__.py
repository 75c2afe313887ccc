"""python -m bench.quality [TASK ...]: our statistics against published methods, and what they cost."""

import argparse
from importlib import import_module

from bench.quality import goals, report

TASKS = ("rhythm", "silence", "category_risk", "growth", "elasticity", "win_probability", "forecast", "demo", "cost")


def main() -> None:
    """Measures the tasks asked for and writes the report."""
    parser = argparse.ArgumentParser(prog="python -m bench.quality", description=__doc__)
    parser.add_argument("tasks", nargs="*", help=f"{', '.join(TASKS)} or report; all without one")
    for task in parser.parse_args().tasks or TASKS:
        if task in TASKS:
            print(f"== {task}", flush=True)
            goals.save(task, import_module(f"bench.quality.{task}").run())
    report.write()


if __name__ == "__main__":
    main()
