"""Finding parameters and the ends of statements."""

from __future__ import annotations

import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from token_server.database.schema import shipped
from token_server.database.sql import numbered, statements


@pytest.mark.parametrize(
    ("sql", "text", "names"),
    [
        ("SELECT 1", "SELECT 1", ()),
        ("a = :a AND b = :b", "a = $1 AND b = $2", ("a", "b")),
        (":b, :a, :b", "$1, $2, $1", ("b", "a")),
        (":a1, :a11, :a_1", "$1, $2, $3", ("a1", "a11", "a_1")),
        ("CAST(:a AS TEXT), :a::text", "CAST($1 AS TEXT), $1::text", ("a",)),
        ("x::bigint = :x", "x::bigint = $1", ("x",)),
        ("':no' || :yes || 'it''s :no'", "':no' || $1 || 'it''s :no'", ("yes",)),
        ('":no" = :yes', '":no" = $1', ("yes",)),
        ("a -- :no\n = :yes", "a -- :no\n = $1", ("yes",)),
        ("a /* :no ; ' */ = :yes", "a /* :no ; ' */ = $1", ("yes",)),
        ("a = ':no", "a = ':no", ()),
        ("a /* :no", "a /* :no", ()),
        ("a -- :no", "a -- :no", ()),
        ("'12:30', 5:6", "'12:30', 5:6", ()),
    ],
)
def test_parameters_are_numbered_and_everything_else_is_left_alone(sql: str, text: str, names: tuple[str, ...]) -> None:
    assert numbered(sql) == (text, names)


_NAME = st.from_regex(r"[a-z_][a-z0-9_]{0,5}", fullmatch=True)
_TEXT = st.text("ab:;$ \n", max_size=8)
_OPAQUE = st.one_of(
    _TEXT.map(lambda text: f"'{text}''{text}'"),
    _TEXT.map(lambda text: f'"{text}"'),
    _TEXT.map(lambda text: f"/*{text}*/"),
    _TEXT.map(lambda text: "--" + text.replace("\n", " ") + "\n"),
    st.sampled_from([" ", ",", "::", "= (", "1"]),
)


@given(st.lists(st.one_of(_NAME.map(lambda name: (name, "")), _OPAQUE.map(lambda text: ("", text)))))
def test_every_parameter_outside_quotes_and_comments_is_found(parts: list[tuple[str, str]]) -> None:
    order = list(dict.fromkeys(name for name, _ in parts if name))
    sql = "".join(f" :{name} " if name else text for name, text in parts)
    wanted = "".join(f" ${order.index(name) + 1} " if name else text for name, text in parts)
    assert numbered(sql) == (wanted, tuple(order))


@given(st.lists(st.lists(_OPAQUE).map(lambda parts: ("x " + "".join(parts)).rstrip()), min_size=1))
def test_a_script_falls_apart_into_its_statements(wanted: list[str]) -> None:
    # A line comment swallows the semicolon behind it, so each stands on a line of its own.
    assert statements("\n;\n".join(wanted)) == wanted


@given(st.text())
def test_any_text_is_taken(text: str) -> None:
    changed, names = numbered(text)
    assert names or changed == text
    assert sum(map(len, statements(text))) <= len(text)


def test_nothing_but_comments_is_no_statement() -> None:
    assert statements("-- first; then\n ; /* more; */ ;;\n") == []
    assert statements("-- why\nSELECT 1; -- done") == ["-- why\nSELECT 1"]


def test_the_shipped_migrations_are_cut_as_sqlite_cuts_them() -> None:
    whole, piecewise = sqlite3.connect(":memory:"), sqlite3.connect(":memory:")
    for migration in shipped():
        whole.executescript(migration.script)
        for statement in statements(migration.script):
            piecewise.execute(statement)
    tables = "SELECT type, name, sql FROM sqlite_master ORDER BY name"
    found = [connection.execute(tables).fetchall() for connection in (whole, piecewise)]
    whole.close()
    piecewise.close()
    assert [row[:2] for row in found[0]] == [row[:2] for row in found[1]]
    assert len(found[0]) > 20
