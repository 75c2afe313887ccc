"""What python -m bench all|build|refresh|reps|sql|clicks|sign_in|peers|load|report [--lines N] [--full] does."""

import argparse

from bench import figures, serve, warehouse

STEPS = ("build", "refresh", "reps", "sql", "clicks", "sign_in", "peers", "load", "report")


def main() -> None:
    """Runs the steps asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("step", choices=("all", *STEPS))
    parser.add_argument("--lines", type=int, default=1_000_000, help="order lines of the demo that pages show")
    parser.add_argument("--full", action="store_true", help="build ten million lines, too, and time their queries")
    arguments = parser.parse_args()
    for step in STEPS if arguments.step == "all" else (arguments.step,):
        print(f"== {step}", flush=True)
        _run(step, arguments.lines, full=arguments.full)


def _run(step: str, lines: int, *, full: bool) -> None:
    if step not in ("build", "refresh", "reps", "report"):
        warehouse.use(serve.home(lines))
    figures.begin()
    match step:
        case "build":
            from bench import building

            building.run(full=full)
        case "refresh":
            from bench import refresh

            refresh.run(lines)
        case "reps":
            from bench import reps

            reps.run(lines)
        case "sql":
            from bench import sql

            sql.run(lines)
        case "clicks":
            from bench import clicks

            clicks.run(lines)
        case "sign_in":
            from bench import sign_in

            sign_in.run(lines)
        case "peers":
            from bench import peers

            peers.run(lines)
        case "load":
            from bench import load

            load.run(lines)
        case "report":
            from bench import report

            report.write()


if __name__ == "__main__":
    main()
