"""Stories about a table of notes, for tests of the database itself."""

from __future__ import annotations

from token_server.database.engine import Database, UnitOfWork

INSERT = "INSERT INTO notes (name, number) VALUES (:name, :number)"
COUNT = "SELECT COUNT(*) AS many FROM notes"
NAMES = "SELECT name FROM notes ORDER BY name"


async def make_table(unit: UnitOfWork) -> None:
    """A table that the schema does not have."""
    await unit.run("CREATE TABLE notes (name TEXT PRIMARY KEY, number BIGINT NOT NULL, body TEXT, raw BYTEA)")


async def drop_table(unit: UnitOfWork) -> None:
    """The schema as it was."""
    await unit.run("DROP TABLE notes")


async def add(database: Database, name: str, number: int = 0) -> None:
    """One note, committed."""

    async def story(unit: UnitOfWork) -> None:
        await unit.run(INSERT, name=name, number=number)

    await database.write(story)


async def names(database: Database) -> list[str]:
    """The committed notes' names, in order."""
    return [row["name"] for row in await database.read.all(NAMES)]
