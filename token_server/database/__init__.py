"""The only place that knows there are two engines: SQLite inside the process, PostgreSQL beside it.

Owns connections, units of work, group commit, repeating what was busy, announcements after a commit, and the schema's
migrations. Leaves every statement about our own tables to `stores/`. Imports the drivers, and `domain` for its errors.

`opening.open_database(url)` gives a `Database`; everybody else knows the protocols in `engine.py` and nothing more.
"""
