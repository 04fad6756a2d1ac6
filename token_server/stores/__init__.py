"""All SQL, one file per table family; one guarded statement per change.

A store is a module of functions that are handed a `Reader` or the caller's `UnitOfWork`; it opens nothing, decides
nothing and returns domain objects. One text serves SQLite and PostgreSQL.
"""
