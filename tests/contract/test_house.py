"""The house rules that a program can check; the reasons stand in the README's walk through the house."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.support.source_files import (
    PRODUCT,
    ROOT,
    functions_of,
    imports_of,
    name_of,
    nodes_of,
    python_files,
    text_files,
    texts_of,
    tree_of,
)

LONGEST_FILE = 300
LONGEST_FUNCTION = 40
JUNK_DRAWERS = re.compile(r"_?(utils?|helpers?|common|misc|managers?|stuff)")
SQL = re.compile(
    r"\b(SELECT\s+(\S+\s+)*FROM|INSERT\s+INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM|(CREATE|DROP|ALTER)\s+(TABLE|(UNIQUE\s+)?INDEX))\b"
)
LEDGER = "schema_migrations"
ONE_ROOM = {
    "aiosqlite": ("token_server/database/",),
    "sqlite3": ("token_server/database/",),
    "asyncpg": ("token_server/database/",),
    "pysequoia": ("token_server/crypto/",),
    "cryptography": ("token_server/crypto/", "sdk_stub/"),
    "jwt": ("token_server/crypto/",),
    "segno": ("token_server/qr.py",),
    "prometheus_client": ("token_server/telemetry.py",),
    "argon2": ("token_server/crypto/",),
    "jinja2": ("token_server/admin/console/",),
    "ua_parser": ("token_server/visitors/",),
    "maxminddb": ("token_server/visitors/",),
    "pgpy": ("sdk_stub/",),
    "zxingcpp": ("sdk_stub/",),
}
# The OpenPGP engine judges by the machine's clock and cannot be handed another.
CLOCK_FILES = ("token_server/clock.py", "token_server/crypto/openpgp/engine.py")
CLOCKS = {("time", "time"), ("time", "time_ns"), ("datetime", "now"), ("datetime", "utcnow"), ("date", "today")}
MACHINE_PATH = re.compile(r"(?<![\w.\]:-])/(home|Users|root|tmp|work|mnt)/\w")
REAL_SECRET = re.compile(
    r"\bts[acdiprsvw]_[A-Za-z0-9_-]{43}\b|\bwhsec_[\w+/]{43}=|-----BEGIN (PGP )?[A-Z ]*PRIVATE KEY[A-Z ]*-----\n"
)


def test_no_file_is_longer_than_a_person_reads() -> None:
    lengths = {name_of(path): len(path.read_text("utf-8").splitlines()) for path in python_files()}
    assert {name: length for name, length in lengths.items() if length > LONGEST_FILE} == {}


def test_no_function_is_longer_than_a_screen() -> None:
    lengths = {
        f"{name_of(path)}:{function.lineno} {function.name}": (function.end_lineno or 0) - function.lineno + 1
        for path in python_files()
        for function in functions_of(path)
    }
    assert {name: length for name, length in lengths.items() if length > LONGEST_FUNCTION} == {}


def test_there_are_no_junk_drawers() -> None:
    names = {part for path in python_files() for part in path.relative_to(ROOT).with_suffix("").parts}
    assert {name for name in names if JUNK_DRAWERS.fullmatch(name)} == set()


def test_sql_is_spoken_in_stores_and_migrations_only() -> None:
    spoken = [
        f"{name_of(path)}:{line} {text.strip()[:60]}"
        for path in python_files("token_server")
        if not name_of(path).startswith("token_server/stores/")
        for line, text in texts_of(path)
        if SQL.search(text) and not (name_of(path).startswith("token_server/database/") and LEDGER in text)
    ]
    assert spoken == []


@pytest.mark.parametrize(
    ("pattern", "instead"),
    [
        (r"SELECT\s+\*", "name the columns"),
        (r"FOR\s+UPDATE", "lock by writing first"),
        (r"\bnow\(\)|CURRENT_TIMESTAMP", "take the time from the clock"),
        (r"%s|\$\d|= \?", "name parameters: :name"),
        (r"\bBOOLEAN\b|\bTIMESTAMP|SERIAL|AUTOINCREMENT|JSONB?\b(?!:| text)", "TEXT, BIGINT and BYTEA only"),
    ],
)
def test_one_sql_text_serves_both_engines(pattern: str, instead: str) -> None:
    migrations = (ROOT / "token_server/database/migrations").glob("*.sql")
    texts = [(name_of(path), re.sub(r"--.*", "", path.read_text("utf-8"))) for path in migrations]
    texts += [
        (f"{name_of(path)}:{line}", text)
        for path in python_files("token_server/stores")
        for line, text in texts_of(path)
        if SQL.search(text)
    ]
    assert [place for place, text in texts if re.search(pattern, text)] == [], instead


@pytest.mark.parametrize("library", ONE_ROOM)
def test_each_library_is_known_in_one_room(library: str) -> None:
    known = {name_of(path) for path in python_files(*PRODUCT) if library in imports_of(path)}
    assert {name for name in known if not name.startswith(ONE_ROOM[library])} == set()


def test_there_is_one_clock() -> None:
    read = [
        f"{name_of(path)}:{node.lineno}"
        for path in python_files("token_server")
        if name_of(path) not in CLOCK_FILES
        for node in nodes_of(path)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and (node.value.id, node.attr) in CLOCKS
    ]
    assert read == []


def test_every_module_class_and_function_that_others_use_says_what_it_gives() -> None:
    silent = [f"{name_of(path)}: {name}" for path in python_files(*PRODUCT) for name in undocumented(path)]
    assert silent == []


def undocumented(path: Path) -> list[str]:
    tree = tree_of(path)
    classes = [each for each in tree.body if isinstance(each, ast.ClassDef) and not each.name.startswith("_")]
    scopes: list[ast.Module | ast.ClassDef] = [tree, *classes]
    public = [
        node
        for scope in scopes
        for node in scope.body
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_")
    ]
    return [
        *(["the module"] if tree.body and ast.get_docstring(tree) is None else []),
        *(node.name for node in public if ast.get_docstring(node) is None and not is_overload(node)),
    ]


def is_overload(node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any(isinstance(each, ast.Name) and each.id == "overload" for each in node.decorator_list)


def test_tests_replace_nothing() -> None:
    used = [
        f"{name_of(path)}:{node.lineno}"
        for path in python_files("tests")
        for node in nodes_of(path)
        if (isinstance(node, ast.arg) and node.arg in ("monkeypatch", "mocker"))
        or (isinstance(node, ast.ImportFrom) and (node.module or "").startswith("unittest"))
    ]
    assert used == []


def test_no_file_knows_the_machine_it_was_written_on() -> None:
    known = [
        f"{name_of(path)}:{number}"
        for path in text_files()
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1)
        if MACHINE_PATH.search(line)
    ]
    assert known == []


def test_no_file_holds_a_secret() -> None:
    held = [name_of(path) for path in text_files() if REAL_SECRET.search(path.read_text("utf-8"))]
    assert [name for name in held if not name.startswith("openapi/")] == []  # made up there, to show their form
