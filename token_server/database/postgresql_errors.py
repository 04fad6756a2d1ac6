"""What asyncpg's errors mean to the house."""

from __future__ import annotations

import asyncpg

from token_server.domain.errors import AlreadyExists, StorageBusy

# What a statement, or a connection under it, may fail with.
FAILURES = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError, TimeoutError)

# Source: PostgreSQL manual, appendix A (error codes) and section 13.5 (serialization failure handling).
_REPEATABLE = (
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.LockNotAvailableError,
    asyncpg.TooManyConnectionsError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    # The schema was migrated under a prepared statement; asyncpg has forgotten the statement by now.
    asyncpg.InvalidCachedStatementError,
    asyncpg.OutdatedSchemaCacheError,
    # The server said good-bye between two statements: asyncpg still reads that, and has sent nothing.
    asyncpg.InternalClientError,
)
_CONNECTION_LOST = (asyncpg.PostgresConnectionError, OSError, TimeoutError)


# After a COMMIT was sent, these leave open whether it took place (class 57: the server was told to stop what it did).
_UNDECIDED = (*_CONNECTION_LOST, asyncpg.InterfaceError, asyncpg.OperatorInterventionError)


def is_undecided(error: Exception, *, is_closed: bool) -> bool:
    """Whether a COMMIT that was sent and failed with this error may have been carried out all the same."""
    if isinstance(error, asyncpg.InternalClientError):
        return False  # asyncpg was still reading a good-bye, and has sent nothing
    return is_closed or isinstance(error, _UNDECIDED)


def translated(error: Exception, *, is_closed: bool) -> Exception:
    """The house's word for the error, or the error itself when it has none; `is_closed`: so is its connection."""
    if isinstance(error, asyncpg.UniqueViolationError):
        return AlreadyExists("There is one already.")
    if isinstance(error, _REPEATABLE):
        return StorageBusy("The database is busy.")
    if isinstance(error, _CONNECTION_LOST) or (is_closed and isinstance(error, asyncpg.InterfaceError)):
        return StorageBusy("The connection to the database was lost.")
    return error
