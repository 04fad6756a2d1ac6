"""The project's own files, for tests that read the code instead of running it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PRODUCT = ("token_server", "sdk_stub")
EVERYTHING = (*PRODUCT, "tests", "examples", "bench")
TEXT_ENDINGS = (".py", ".md", ".toml", ".txt", ".yaml", ".yml", ".sql", ".sh", ".html", ".css", ".js", ".json", ".cfg")
Function = ast.FunctionDef | ast.AsyncFunctionDef


def python_files(*folders: str) -> list[Path]:
    """Every Python file in these folders, the project's if none is named."""
    return sorted(path for folder in folders or EVERYTHING for path in (ROOT / folder).rglob("*.py"))


def text_files() -> list[Path]:
    """Every file that people read: code, documents, settings."""
    folders = [ROOT / folder for folder in (*EVERYTHING, "docs", "openapi", ".ci")]
    inside = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    top = [path for path in ROOT.iterdir() if path.is_file() and not path.name.startswith(".git")]
    named = [path for path in [*top, *inside] if path.suffix in TEXT_ENDINGS or not path.suffix]
    return sorted(path for path in named if "__pycache__" not in path.parts and "node_modules" not in path.parts)


def name_of(path: Path) -> str:
    """The path as people say it: from the project's top, with slashes."""
    return path.relative_to(ROOT).as_posix()


@cache
def tree_of(path: Path) -> ast.Module:
    """The file's syntax tree."""
    return ast.parse(path.read_text("utf-8"), filename=str(path))


@cache
def nodes_of(path: Path) -> tuple[ast.AST, ...]:
    """Every node of the file's syntax tree."""
    return tuple(ast.walk(tree_of(path)))


def functions_of(path: Path) -> Iterator[Function]:
    """Every function and method of a file, inner ones too."""
    return (node for node in nodes_of(path) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def texts_of(path: Path) -> Iterator[tuple[int, str]]:
    """Every piece of text in a file with its line, docstrings left out."""
    nodes = nodes_of(path)
    documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    docstrings = {id(_opening(node)) for node in nodes if isinstance(node, documented)}
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.lineno, node.value


@cache
def imports_of(path: Path) -> set[str]:
    """The top-level packages that a file imports."""
    found: set[str] = set()
    for node in nodes_of(path):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.split(".")[0])
    return found


def _opening(node: ast.Module | ast.ClassDef | Function) -> ast.expr | None:
    first = node.body[0] if node.body else None
    return first.value if isinstance(first, ast.Expr) else None
