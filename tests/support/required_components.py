"""Programs that some tests need beside Python: found, or skipped loudly, or, in CI, a failure.

A skip must never hide that something was not tested. On a developer's machine the closing lines say what was left
out and which package brings it; with `CI=true` in the environment every skip becomes a failure.

`python -m tests.support.required_components` prints the Debian packages that are missing here, one per line.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections import Counter
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True)
class Component:
    """One program (or folder of programs) that tests start."""

    marker: str
    purpose: str
    package: str
    programs: tuple[str, ...]
    folders: tuple[str, ...] = ()


COMPONENTS = {
    "postgresql": Component(
        "postgres",
        "the PostgreSQL server programs",
        "postgresql",
        ("initdb", "postgres"),
        ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql*/bin", "/usr/local/pgsql/bin"),
    ),
    "gpg": Component("needs_gpg", "the gpg command", "gnupg", ("gpg",)),
    "zbarimg": Component("needs_zbar", "the zbarimg command", "zbar-tools", ("zbarimg",)),
    "chromium": Component("needs_browser", "chromium", "chromium", ("chromium",)),
}


def in_ci() -> bool:
    """Whether a missing component is a failure here."""
    return os.environ.get("CI", "").lower() in ("1", "true", "yes")


def find(name: str) -> Path | None:
    """The folder that holds all programs of a component; newest version first; None if there is none."""
    component = COMPONENTS[name]
    on_path = shutil.which(component.programs[0])
    known = [folder for pattern in component.folders for folder in Path("/").glob(pattern.lstrip("/"))]
    known.sort(key=lambda folder: [int(part) if part.isdigit() else 0 for part in folder.parts], reverse=True)
    for folder in [*known, *([Path(on_path).parent] if on_path else [])]:
        if all((folder / program).exists() for program in component.programs):
            return folder
    return None


def require(name: str) -> Path:
    """The folder that holds the component's programs; skips the test when missing, fails it in CI."""
    folder = find(name)
    if folder is None:
        component = COMPONENTS[name]
        pytest.skip(f"needs {component.purpose} (Debian package {component.package})")
    return folder


def pytest_runtest_setup(item: pytest.Item) -> None:
    """A marked test gets its component checked before any fixture runs."""
    for name, component in COMPONENTS.items():
        if item.get_closest_marker(component.marker) is not None:
            require(name)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In CI a skipped test is a failed one."""
    report = yield
    if in_ci() and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome, report.longrepr = "failed", f"skipped, which CI does not accept: {reason_of(report)}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """In CI a module that skips itself is a failed one."""
    report = yield
    if in_ci() and report.skipped:
        report.outcome, report.longrepr = "failed", f"skipped, which CI does not accept: {reason_of(report)}"
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what was not tested here, and why, where nobody overlooks it."""
    skipped = Counter(reason_of(report) for report in terminalreporter.stats.get("skipped", []))
    if skipped:
        terminalreporter.section("NOT TESTED HERE", red=True, bold=True)
        for reason, count in skipped.most_common():
            terminalreporter.line(f"{count:5} skipped: {reason}")


def reason_of(report: pytest.TestReport | pytest.CollectReport) -> str:
    """Why a test or module was skipped, without the place."""
    text = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return text.removeprefix("Skipped: ")


if __name__ == "__main__":
    sys.stdout.write("".join(f"{COMPONENTS[name].package}\n" for name in COMPONENTS if find(name) is None))
