"""Values that are never printed: whoever needs one must say `reveal()`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

HIDDEN = "***"
_PASSWORD_IN_QUERY = re.compile(r"(?<=[?&]password=)[^&]*")
_PASSWORD_BEFORE_HOST = re.compile(r"(?<=//)([^:/@]*):.*@")


@dataclass(frozen=True, repr=False)
class Secret:
    """A value that prints as `***`, in logs and tracebacks too."""

    _value: str = field(repr=False)

    def reveal(self) -> str:
        """The value itself."""
        return self._value

    def __str__(self) -> str:
        """Never the value."""
        return HIDDEN

    def __repr__(self) -> str:
        """Never the value."""
        return f"{type(self).__name__}({str(self)!r})"

    def __format__(self, format_spec: str) -> str:
        """Never the value, in f-strings neither."""
        return format(str(self), format_spec)


class DatabaseUrl(Secret):
    """Where the database is; prints without its password."""

    def __str__(self) -> str:
        """The address with the password starred."""
        shown = _PASSWORD_IN_QUERY.sub(HIDDEN, self.reveal())
        return _PASSWORD_BEFORE_HOST.sub(rf"\1:{HIDDEN}@", shown)
