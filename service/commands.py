"""The commands of python -m data and python -m service: from loading and building to refreshing and reconciling."""

import argparse
import datetime as dt
import json
import os
import secrets
import sys
import traceback
from contextlib import suppress
from pathlib import Path
from typing import Any

from data import private, settings
from data.errors import BadInput, Damaged, NothingLoaded, OrderbeatError
from data.terminal import printable

LOG = "errors.log"  # within home
UNFORESEEN = 1
STOPPED = 130


def main(argv: list[str] | None = None) -> int:
    """Runs one command; returns its exit code (docs/operating.md lists them).

    Whatever goes wrong is said in lines of plain text; where it was not foreseen, the traceback is in the log.
    """
    arguments = _parser().parse_args(argv)
    try:
        where = settings.current()
        if arguments.run is not _template:
            private.begin(where.home)
        arguments.run(arguments, where)
    except OrderbeatError as error:
        print(*map(printable, filter(None, (error.what, error.cause, error.remedy))), sep="\n", file=sys.stderr)
        return error.exit_code
    except BrokenPipeError:
        return 0
    except KeyboardInterrupt:
        print("Stopped. What was published before is untouched.", file=sys.stderr)
        return STOPPED
    except Exception as error:  # noqa: BLE001 (the last door: nobody should have to read a traceback)
        print(_unforeseen(error, verbose=arguments.verbose), file=sys.stderr)
        return UNFORESEEN
    return 0


_CONTINUE = "go back to this generation of what was loaded, such as 0006"


def _unforeseen(error: Exception, *, verbose: bool) -> str:
    """One line about an error nobody foresaw; the traceback goes into the log under an id, or behind it if asked."""
    details = "".join(traceback.format_exception(error))
    number = secrets.token_hex(4)
    first = (str(error).splitlines() or [""])[0][:300]
    line = f"Something unforeseen happened, error {number}: {type(error).__name__}: {first}"
    if verbose:
        return f"{line}\n{details}"
    try:
        log = settings.current().home / LOG
        log.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "a", encoding="utf-8") as handle:
            handle.write(f"{dt.datetime.now(dt.UTC).isoformat()} error {number}\n{details}\n")
    except (OSError, OrderbeatError):
        return f"{line} (no log could be written; --verbose shows more)"
    return f"{line} (more in {log}, or with --verbose)"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m data", description="From a folder of files to a published warehouse."
    )
    parser.add_argument("--verbose", action="store_true", help="show the traceback of an error nobody foresaw")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    template = commands.add_parser("template", help="write empty CSV files of every input table")
    template.add_argument("folder", type=Path)
    template.set_defaults(run=_template)

    load = commands.add_parser("import", help="load a file or a folder of CSV, Excel or Parquet")
    load.add_argument("path", type=Path)
    load.add_argument(
        "--mapping", help="a preset's name or a YAML file; without it, files are named and shaped as the contract"
    )
    load.add_argument("--inputs", metavar="NNNN", help=f"{_CONTINUE}; `none` to forget everything loaded so far")
    load.add_argument(
        "--also",
        type=Path,
        action="append",
        default=[],
        metavar="FOLDER",
        help="a folder outside of PATH that the mapping may read files from; may be given several times",
    )
    load.add_argument(
        "--replace",
        action="append",
        default=[],
        metavar="TABLE",
        help="these rows are the whole table: what it held else goes; may be given several times",
    )
    load.add_argument(
        "--replace-period",
        metavar="FROM..TO",
        help="these rows are all there is from one day to another, such as 2026-05-01..2026-05-31",
    )
    load.add_argument("--dry-run", action="store_true", help="say what loading would do; change nothing")
    load.add_argument("--no-build", action="store_true", help="load only; build and publish later")
    load.set_defaults(run=_import)

    demo = commands.add_parser("demo", help="replace what is loaded by a generated company")
    demo.add_argument("--lines", type=int, default=300_000)
    demo.add_argument("--seed", type=int, default=7)
    demo.add_argument(
        "--as-of",
        type=dt.date.fromisoformat,
        metavar="YYYY-MM-DD",
        help="the last day of its history; by default the last working day before today",
    )
    demo.add_argument(
        "--if-missing",
        action="store_true",
        help="only where nothing was loaded; finishes what was loaded, not published",
    )
    demo.add_argument("--no-build", action="store_true", help="generate only; build and publish later")
    demo.set_defaults(run=_demo)

    build = commands.add_parser("build", help="build and publish a snapshot from what is loaded")
    build.add_argument("--inputs", metavar="NNNN", help=f"{_CONTINUE}, and build from it")
    build.set_defaults(run=_build)

    check = commands.add_parser(
        "check", help="read and verify what is loaded, the published snapshot and the store, or a backup"
    )
    check.add_argument("file", nargs="?", type=Path, metavar="FILE", help="a backup to verify instead")
    check.set_defaults(run=_check)

    _add_those_of_a_server(commands)

    status = commands.add_parser("status", help="what is loaded and published")
    status.add_argument("--json", action="store_true")
    status.set_defaults(run=_status)

    refresh = commands.add_parser("refresh", help="load what is new in a source, or in every one, and publish it")
    refresh.add_argument("source", nargs="?", help="its name: that of its YAML file in the folder sources of the home")
    refresh.add_argument("--by", choices=("hand", "page", "schedule"), default="hand", help=argparse.SUPPRESS)
    refresh.set_defaults(run=_refresh)

    schedule = commands.add_parser("run", help="refresh every source at its times, until stopped")
    schedule.set_defaults(run=_schedule)

    compare = commands.add_parser("reconcile", help="compare revenue with finance's totals or list of invoices")
    compare.add_argument("file", type=Path, metavar="FILE")
    compare.add_argument(
        "--column",
        action="append",
        default=[],
        metavar="NAME=HEADING",
        help="which heading of FILE is the invoice, customer, segment, month, day, currency or amount",
    )
    compare.add_argument("--rows", type=Path, metavar="CSV", help="write the rows behind the causes into this file")
    compare.set_defaults(run=_reconcile)
    return parser


def _add_those_of_a_server(commands: Any) -> None:
    administrator = commands.add_parser("administrator", help="a link by which an administrator comes in")
    administrator.add_argument("email", metavar="E-MAIL")
    administrator.add_argument("--name", default="", help="what they are called; by default their e-mail address")
    administrator.add_argument(
        "--reset",
        action="store_true",
        help="an administrator lost password and second factor: takes the second factor away, ends their sessions",
    )
    administrator.set_defaults(run=_administrator)

    erase = commands.add_parser("erase-contact", help="erase a person at a customer from everything that is kept")
    erase.add_argument("contact", metavar="CONTACT_ID")
    erase.add_argument(
        "--dry-run", action="store_true", help="say what would be erased and what remains; change nothing"
    )
    erase.set_defaults(run=_erase_contact)

    retain = commands.add_parser("retain", help="take away what is older than the settings ORDERBEAT_KEEP_ say")
    retain.set_defaults(run=_retain)

    serve = commands.add_parser("serve", help="serve the pages, as ORDERBEAT_SIGN_IN and its kin say")
    serve.add_argument("--port", type=int, default=8501)
    serve.add_argument("--address", default="", help="by default ORDERBEAT_ADDRESS, else 127.0.0.1")
    serve.set_defaults(run=_serve)

    assistant = commands.add_parser(
        "mcp", help="answer an assistant on this computer; ORDERBEAT_TOKEN says whose it is"
    )
    assistant.set_defaults(run=_mcp)
    send = commands.add_parser(
        "send", help="make the digests that are due, and send what waits; `run` does so by itself"
    )
    send.set_defaults(run=_send)

    test_mail = commands.add_parser("test-mail", help="send a mail to somebody of ours now, and say what went wrong")
    test_mail.add_argument("email", metavar="E-MAIL")
    test_mail.set_defaults(run=_test_mail)

    backup = commands.add_parser("backup", help="write everything that is kept into one file, while everything runs")
    backup.add_argument("file", type=Path, metavar="FILE", help="a file that does not exist yet")
    backup.set_defaults(run=_backup)

    restore = commands.add_parser("restore", help="make a backup the home and the store, both of which must be empty")
    restore.add_argument("file", type=Path, metavar="FILE")
    restore.set_defaults(run=_restore)


def _template(arguments: argparse.Namespace, where: settings.Settings) -> None:
    from data.loading import templates

    for path in templates.write(arguments.folder):
        print(path)


def _import(arguments: argparse.Namespace, where: settings.Settings) -> None:
    from data.loading import intake, modes
    from data.loading.request import Request
    from data.warehouse.engine import open_engine
    from service import publishing

    instead = modes.instead(arguments.replace, arguments.replace_period)
    request = Request(arguments.path, arguments.mapping, also=arguments.also, onto=arguments.inputs, instead=instead)
    if arguments.dry_run:
        print(intake.rehearse(request, where, open_engine).as_text())
        return
    done = intake.load(request, where, open_engine)
    print(done.as_text())
    publishing.record(where, "loaded", arguments.path.name, publishing.rows_of(done))
    publishing.require_rows(where)
    if not arguments.no_build:
        try:
            print(publishing.publish(where), end="")
        except NothingLoaded as error:  # master data came first: they are loaded, and there is nothing to show yet
            print(f"Loaded, not published: {error}")


def _demo(arguments: argparse.Namespace, where: settings.Settings) -> None:
    from data import demo
    from data.loading import inputs
    from data.warehouse import build
    from service import publishing

    if not (arguments.if_missing and (inputs.current(where.home) or build.newest(where))):
        as_of = arguments.as_of or demo.last_working_day(dt.datetime.now(dt.UTC).date())
        demo.write(where, lines=arguments.lines, seed=arguments.seed, as_of=as_of)
        publishing.record(where, "loaded", "demo", {})
    if not arguments.no_build:
        print(publishing.publish(where), end="")


def _build(arguments: argparse.Namespace, where: settings.Settings) -> None:
    from data.loading import inputs
    from data.warehouse import build
    from service import publishing

    if arguments.inputs:
        with suppress(Damaged):  # where the newest is damaged there is nothing to compare with, and all the more reason
            for each in inputs.kept(where.home):
                if each.name == arguments.inputs:
                    print(f"Going back to {each.name} takes back {each}.")
        inputs.go_back(where.home, arguments.inputs)
        publishing.record(where, "loaded", arguments.inputs, {})
    print(build.build(where).as_text())


def _check(arguments: argparse.Namespace, where: settings.Settings) -> None:
    from data.warehouse import build
    from service import archive

    print(archive.check(arguments.file) if arguments.file else build.check(where))


def _backup(arguments: argparse.Namespace, where: settings.Settings) -> None:
    from service import backup

    print(backup.backup(where, arguments.file))


def _restore(arguments: argparse.Namespace, where: settings.Settings) -> None:
    from service import restoring

    print(restoring.restore(where, arguments.file))


def _administrator(arguments: argparse.Namespace, where: settings.Settings) -> None:
    from data.people.store import open_store
    from data.people.store.accounts import links

    store = open_store(where)
    if arguments.reset:
        link = links.administrator_anew(store, email=arguments.email)
    else:
        link = links.first_administrator(store, email=arguments.email, name=arguments.name)
    address = where.address
    print(f"Works once, until {link.until:%Y-%m-%d %H:%M} UTC. Whoever opens it first is the administrator:")
    print(f"{address}/sign-in/link/{link.token}")


def _erase_contact(arguments: argparse.Namespace, where: settings.Settings) -> None:
    from service import erasing

    print(erasing.erase_contact(where, arguments.contact, rehearse=arguments.dry_run).as_text())


def _retain(arguments: argparse.Namespace, where: settings.Settings) -> None:
    from service import retention

    print("\n".join(retention.keep_to(where)) or "Nothing is older than it may be.")


def _serve(arguments: argparse.Namespace, where: settings.Settings) -> None:
    from service.web import serving

    serving.serve(
        where, arguments.address or os.environ.get("ORDERBEAT_ADDRESS", "") or serving.LOOPBACK, arguments.port
    )


def _mcp(arguments: argparse.Namespace, where: settings.Settings) -> None:
    from service.assistant import stdio

    stdio.serve(where, os.environ.pop("ORDERBEAT_TOKEN", ""))


def _status(arguments: argparse.Namespace, where: settings.Settings) -> None:
    from data.warehouse import build

    status = build.status(where)
    print(json.dumps(status, indent=1, default=str) if arguments.json else build.status_text(status))


def _refresh(arguments: argparse.Namespace, where: settings.Settings) -> None:
    from service import refresh

    refresh.refresh_all(where, arguments.source, arguments.by, print)


def _schedule(arguments: argparse.Namespace, where: settings.Settings) -> None:
    from service import schedule

    schedule.run(where, lambda line: print(f"{dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M:%S} {line}", flush=True))


def _send(arguments: argparse.Namespace, where: settings.Settings) -> None:
    from service.sending import sender

    print("\n".join(sender.run(where)) or "Nothing was to be sent.")


def _test_mail(arguments: argparse.Namespace, where: settings.Settings) -> None:
    from service.sending import trying

    print(trying.send(where, arguments.email))


def _reconcile(arguments: argparse.Namespace, where: settings.Settings) -> None:
    from data.warehouse import access, build, reconcile
    from presentation import export

    named = dict(_named(each) for each in arguments.column)
    documents = access.query(build.EVERYTHING, reconcile.DOCUMENTS, {})
    outcome = reconcile.against(documents, arguments.file, where, named)
    reconcile.keep(outcome, where.home, dt.datetime.now(dt.UTC))
    print(reconcile.as_text(outcome))
    if arguments.rows:
        arguments.rows.write_bytes(export.as_file(outcome.findings, "csv"))
        print(f"The rows behind the causes are in {arguments.rows}.")


def _named(pair: str) -> tuple[str, str]:
    column, sign, heading = pair.partition("=")
    if not sign:
        raise BadInput(f"{pair!r} names no heading.", "It has no equals sign.", "Write --column amount=HEADING.")
    return column.strip(), heading
