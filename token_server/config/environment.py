"""Settings in environment variables: `TOKEN_SERVER_<SECTION>_<NAME>`, and `…_FILE` for what is secret."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from token_server.config.problems import Problem, did_you_mean
from token_server.config.schema import Entry, entries_of

PREFIX = "TOKEN_SERVER_"
# TOKEN_SERVER_CONFIG names the configuration file. Kubernetes sets the others for a service called "token-server".
NOT_SETTINGS = ("CONFIG",)
NOT_OURS = ("SERVICE_", "PORT")


@dataclass(frozen=True)
class Override:
    """What one environment variable says."""

    source: str
    text: str


def variable_of(section: str, entry: Entry) -> str:
    """The environment variable of a setting."""
    return f"{PREFIX}{section}_{entry.name}".upper()


def read_environment(
    environ: Mapping[str, str], sections: Mapping[str, type], problems: list[Problem]
) -> dict[str, dict[str, Override]]:
    """What the environment says, by section and name; what is wrong with it is added to `problems`."""
    found: dict[str, dict[str, Override]] = {section: {} for section in sections}
    known: set[str] = set()
    for section, shape in sections.items():
        for entry in entries_of(shape):
            variable = variable_of(section, entry)
            known |= {variable, f"{variable}_FILE"} if entry.may_come_from_a_file else {variable}
            override = _override(environ, variable, entry, problems)
            if override is not None:
                found[section][entry.name] = override
    for name in sorted(environ):
        short = name.removeprefix(PREFIX)
        if (
            name.startswith(PREFIX)
            and name not in known
            and short not in NOT_SETTINGS
            and not short.startswith(NOT_OURS)
        ):
            problems.append(Problem(name, "environment", "is not a setting", did_you_mean(name, known)))
    return found


def read_secret_file(path: str, place: str, source: str, problems: list[Problem]) -> str | None:
    """The first line of a file that holds a secret; None, and a problem, if there is none to read."""
    try:
        text = Path(path).read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        problems.append(Problem(place, source, f"cannot be read from the file {path}: {reason}"))
        return None
    if not text or "\n" in text:
        problems.append(Problem(place, source, f"the file {path} must hold the secret on one line and nothing else"))
        return None
    return text


def _override(environ: Mapping[str, str], variable: str, entry: Entry, problems: list[Problem]) -> Override | None:
    file_variable = f"{variable}_FILE"
    if not entry.may_come_from_a_file or file_variable not in environ:
        return Override(variable, environ[variable]) if variable in environ else None
    if variable in environ:
        problems.append(Problem(variable, "environment", f"is set beside {file_variable}", "Unset one of them"))
        return None
    text = read_secret_file(environ[file_variable], file_variable, "environment", problems)
    return None if text is None else Override(file_variable, text)
