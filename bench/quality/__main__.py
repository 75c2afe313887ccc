"""python -m bench.quality [rhythm] [category_risk] [growth] [report]: our statistics against published methods."""

import argparse
from importlib import import_module

from bench.quality import goals

TASKS = ("rhythm", "category_risk", "growth")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.quality", description=__doc__)
    parser.add_argument("tasks", nargs="*", choices=[*TASKS, []], default=list(TASKS))
    for task in parser.parse_args().tasks or TASKS:
        print(f"== {task}", flush=True)
        goals.save(task, import_module(f"bench.quality.{task}").run())


if __name__ == "__main__":
    main()
