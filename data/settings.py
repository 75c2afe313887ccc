"""What the environment may change, read in one place."""

import os
import re
from dataclasses import dataclass, field
from email.utils import parseaddr
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from data.errors import BadInput

PROJECT = Path(__file__).resolve().parent.parent

_LONGEST = 24 * 60 * 60
_LONGEST_SESSION = 90 * 24  # hours
_LONGEST_KEPT = 36_500  # days


@dataclass(frozen=True)
class Settings:
    """Where things live and how much of the machine they may use.

    `home` holds everything that is written (inputs, snapshots, quarantine, store). `store` is the address of the
    PostgreSQL database that holds what people write; where it is empty, a file in `home` does.
    Memory limits are DuckDB's notation ("4GB"); `query_seconds` bounds one page query, `query_spill` what the queries
    of one file may put on disk, `mapping_seconds` the SQL by which a mapping takes one table from its files.
    `engine` is what makes the models that the statistics read: "duckdb" or "spark", and `spark_master` the address of
    Spark's cluster, "" for Spark on this computer alone.
    `generations` is how many directories of inputs, and of snapshots, are kept: the published one and those before it.

    `sign_in` is how people come in: with "accounts" of ours, by "oidc", or both; empty in the demonstration. `url` is
    the address people type, "" where the server answers this computer alone. A session ends after `session_idle_hours`
    without use, and after `session_hours` whatever happens.

    `keep_quarantine_days`, `keep_audit_days` and `keep_deeds_days` are how long rows that were refused, the audit and
    what people did about alerts are kept; None is for good. `keep_sent_days` is how long is kept what was sent to whom.

    Mails go to `smtp_host` by "starttls", "tls" or "none" (`smtp_security`), with a login where there is a `smtp_user`;
    `smtp_ca` is a file of certificates to trust instead of those of the system. They are from `mail_from`, and reach
    addresses of `mail_domains` alone where it names any.
    """

    home: Path
    store: str = field(repr=False)  # may hold a password
    build_memory: str
    build_threads: int
    query_memory: str
    query_threads: int
    query_seconds: float
    query_spill: str
    mapping_seconds: float
    generations: int
    engine: str = "duckdb"
    spark_master: str = ""
    sign_in: frozenset[str] = frozenset()
    url: str = ""
    is_behind_proxy: bool = False
    session_idle_hours: float = 12
    session_hours: float = 168
    watch_token: str = field(default="", repr=False)
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret: str = field(default="", repr=False)
    oidc_name: str = ""
    keep_quarantine_days: int | None = None
    keep_audit_days: int | None = None
    keep_deeds_days: int | None = None
    keep_sent_days: int = 30
    smtp_host: str = ""
    smtp_port: int = 587
    smtp_security: str = "starttls"
    smtp_user: str = ""
    smtp_password: str = field(default="", repr=False)
    smtp_ca: str = ""
    mail_from: str = ""
    mail_domains: frozenset[str] = frozenset()

    @property
    def sends_mail(self) -> bool:
        """Whether a mail server is named, and whom mails are from."""
        return bool(self.smtp_host and self.mail_from)

    @property
    def address(self) -> str:
        """Where people reach the pages, for links."""
        return self.url or "http://127.0.0.1:8501"


def current() -> Settings:
    """Settings of this process: ORDERBEAT_* variables over defaults that suit a laptop.

    Raises BadInput where a variable holds what cannot be used.
    """
    return _read(tuple(os.environ.get(variable(name), "") for name in _VARIABLES))


def variable(name: str) -> str:
    """What a setting is called in the environment."""
    return name if name in _OF_OTHERS else f"ORDERBEAT_{name}"


_OF_OTHERS = ("SPARK_MASTER",)  # named as Spark's own variables are
_VARIABLES = (
    "HOME",
    "STORE",
    "BUILD_MEMORY",
    "BUILD_THREADS",
    "QUERY_MEMORY",
    "QUERY_THREADS",
    "QUERY_SECONDS",
    "QUERY_SPILL",
    "MAPPING_SECONDS",
    "GENERATIONS",
    "ENGINE",
    "SPARK_MASTER",
    "SIGN_IN",
    "URL",
    "BEHIND_PROXY",
    "SESSION_IDLE_HOURS",
    "SESSION_HOURS",
    "WATCH_TOKEN",
    "OIDC_ISSUER",
    "OIDC_CLIENT_ID",
    "OIDC_CLIENT_SECRET",
    "OIDC_NAME",
    "KEEP_QUARANTINE_DAYS",
    "KEEP_AUDIT_DAYS",
    "KEEP_DEEDS_DAYS",
    "KEEP_SENT_DAYS",
    "SMTP_HOST",
    "SMTP_PORT",
    "SMTP_SECURITY",
    "SMTP_USER",
    "SMTP_PASSWORD",
    "SMTP_CA",
    "MAIL_FROM",
    "MAIL_DOMAINS",
)
WAYS_IN = ("accounts", "oidc")
_CLUSTER = re.compile(r"spark://[^\s/]+:\d+")
_MEMORY = re.compile(r"\d+([.]\d+)? ?([KMGT]i?B|B|%)", re.IGNORECASE)


@lru_cache(maxsize=16)
def _read(values: tuple[str, ...]) -> Settings:
    given = dict(zip(_VARIABLES, values, strict=True))
    cores = os.cpu_count() or 2
    return Settings(
        home=_home(given["HOME"]),
        store=given["STORE"],
        build_memory=_memory("BUILD_MEMORY", given, "4GB"),
        build_threads=_whole("BUILD_THREADS", given, cores, 1, 1024),
        query_memory=_memory("QUERY_MEMORY", given, "1GB"),
        query_threads=_whole("QUERY_THREADS", given, min(cores, 4), 1, 1024),
        query_seconds=_seconds("QUERY_SECONDS", given, 10),
        query_spill=_memory("QUERY_SPILL", given, "2GB"),
        mapping_seconds=_seconds("MAPPING_SECONDS", given, 900),
        # Two at least: whoever reads the one before when another is published goes on reading it.
        generations=_whole("GENERATIONS", given, 3, 2, 1000),
        engine=_one_of("ENGINE", given, "duckdb", "spark"),
        spark_master=_cluster("SPARK_MASTER", given),
        sign_in=_ways_in(given["SIGN_IN"]),
        url=_url("URL", given),
        is_behind_proxy=_yes_or_no("BEHIND_PROXY", given),
        session_idle_hours=_hours("SESSION_IDLE_HOURS", given, 12),
        session_hours=_hours("SESSION_HOURS", given, 168),
        watch_token=given["WATCH_TOKEN"],
        oidc_issuer=_url("OIDC_ISSUER", given),
        oidc_client_id=given["OIDC_CLIENT_ID"],
        oidc_client_secret=given["OIDC_CLIENT_SECRET"],
        oidc_name=given["OIDC_NAME"],
        keep_quarantine_days=_days("KEEP_QUARANTINE_DAYS", given),
        keep_audit_days=_days("KEEP_AUDIT_DAYS", given),
        keep_deeds_days=_days("KEEP_DEEDS_DAYS", given),
        keep_sent_days=_whole("KEEP_SENT_DAYS", given, 30, 1, _LONGEST_KEPT),
        smtp_host=given["SMTP_HOST"].strip(),
        smtp_port=_whole("SMTP_PORT", given, _PORTS.get(given["SMTP_SECURITY"] or "starttls", 587), 1, 65_535),
        smtp_security=_one_of("SMTP_SECURITY", given, *_PORTS),
        smtp_user=given["SMTP_USER"],
        smtp_password=given["SMTP_PASSWORD"],
        smtp_ca=given["SMTP_CA"],
        mail_from=_mail_from(given),
        mail_domains=_domains(given),
    )


_PORTS = {"starttls": 587, "tls": 465, "none": 25}
_ADDRESS = re.compile(r"[^\s@<>]+@[^\s@<>]+")
_DOMAIN = re.compile(r"[\w-]+([.][\w-]+)*")


def _one_of(name: str, given: dict[str, str], *choices: str) -> str:
    text = given[name].strip().lower() or choices[0]
    if text not in choices:
        raise _bad(name, text, " or ".join(choices))
    return text


def _mail_from(given: dict[str, str]) -> str:
    text = given["MAIL_FROM"].strip()
    if text and (not _ADDRESS.fullmatch(parseaddr(text)[1]) or not text.isprintable()):
        raise _bad("MAIL_FROM", text, "an address such as Orderbeat <orderbeat@example.com>")
    return text


def _domains(given: dict[str, str]) -> frozenset[str]:
    named = frozenset(part.strip().lower() for part in given["MAIL_DOMAINS"].split(",") if part.strip())
    for domain in named:
        if not _DOMAIN.fullmatch(domain):
            raise _bad("MAIL_DOMAINS", given["MAIL_DOMAINS"], "domains such as example.com,example.org")
    return named


def _ways_in(text: str) -> frozenset[str]:
    ways = frozenset(part.strip() for part in text.split(",") if part.strip())
    if ways - {"demo", *WAYS_IN} or ("demo" in ways and len(ways) > 1):
        raise _bad("SIGN_IN", text, "demo, accounts, oidc, or accounts,oidc")
    return ways - {"demo"}


def _url(name: str, given: dict[str, str]) -> str:
    text = given[name].strip().rstrip("/")
    try:
        parts = urlsplit(text)
        is_whole = parts.scheme in ("http", "https") and parts.hostname and (parts.port or True)
    except ValueError:
        is_whole = False
    if text and (not is_whole or parts.query or parts.fragment or parts.username):
        raise _bad(name, text, "an address such as https://orderbeat.example.com")
    is_usual = bool(text) and parts.port == {"http": 80, "https": 443}[parts.scheme]
    if is_usual:  # browsers leave it out
        text = text.removesuffix(f":{parts.port}")
    if name == "URL" and text and parts.path:
        raise _bad(name, text, "an address without a path: Orderbeat has a name of its own")
    return text


def _cluster(name: str, given: dict[str, str]) -> str:
    text = given[name].strip()
    if text and not _CLUSTER.fullmatch(text):
        raise _bad(name, text, "the address of a standalone cluster such as spark://192.0.2.1:7077")
    return text


def _yes_or_no(name: str, given: dict[str, str]) -> bool:
    answers = {"": False, "0": False, "no": False, "false": False, "1": True, "yes": True, "true": True}
    answer = answers.get(given[name].strip().lower())
    if answer is None:
        raise _bad(name, given[name], "1 or 0")
    return answer


def _home(text: str) -> Path:
    try:
        return Path(text or PROJECT / "var").expanduser().resolve()
    except (RuntimeError, OSError) as error:  # no such user, or links in a circle
        raise _bad("HOME", text, "the path of a folder") from error


def _memory(name: str, given: dict[str, str], default: str) -> str:
    text = given[name] or default
    if not _MEMORY.fullmatch(text.strip()) or not float(re.sub(r"[^0-9.]", "", text)):
        raise _bad(name, text, "an amount of memory such as 4GB")
    return text.strip()


def _whole(name: str, given: dict[str, str], default: int, least: int, most: int) -> int:
    text = (given[name] or str(default)).strip()
    if not (text.isascii() and text.isdigit() and least <= int(text[:6]) <= most):
        raise _bad(name, text, f"a whole number from {least} to {most}")
    return int(text)


def _days(name: str, given: dict[str, str]) -> int | None:
    return _whole(name, given, 1, 1, _LONGEST_KEPT) if given[name].strip() else None


def _seconds(name: str, given: dict[str, str], default: float) -> float:
    return _number(name, given, default, _LONGEST, "a number of seconds above 0, at most a day")


def _hours(name: str, given: dict[str, str], default: float) -> float:
    return _number(name, given, default, _LONGEST_SESSION, "a number of hours above 0, at most 90 days of them")


def _number(name: str, given: dict[str, str], default: float, most: float, right: str) -> float:
    text = given[name] or str(default)
    try:
        number = float(text)
    except ValueError:
        number = 0
    if not 0 < number <= most:
        raise _bad(name, text, right)
    return number


def _bad(name: str, text: str, right: str) -> BadInput:
    return BadInput(f"{variable(name)} is {text!r}.", f"It must be {right}.", "Correct it, or take it away.")
