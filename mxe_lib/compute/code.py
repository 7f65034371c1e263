"""What a computation depends on: the meaning of the code that it reaches, and the versions of that code's libraries.

Results are found again by these names. They follow the import statements from a few roots through the whole library,
and leave out what can't change a number: comments, docstrings, annotations, formatting, the order of imports. A data
file of the library counts with each module that names it.

Registries are followed only as far as they are used. ``mxe_lib.learning.task`` asks ``mxe_lib.models.registry`` for a
network by its name, and never imports the networks themselves: whoever names a training adds the classes of its layers
to the roots. A package's ``__init__`` counts where a name is taken from it, and with ``packages=True`` wherever
anything below it is imported, as Python itself does: then a registry stands for all that it holds.
"""

import ast
import contextlib
import functools
import hashlib
import importlib.metadata
import importlib.util
import inspect
import re
import sys
import sysconfig
import textwrap
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType

from mxe_lib.errors import MxeError

PACKAGE = Path(__file__).parents[1]
_INSTALLED = tuple(Path(sysconfig.get_path(name)).resolve() for name in ("purelib", "platlib", "stdlib"))


@functools.cache
def digest(*roots: str | ModuleType | type, packages: bool = False) -> str:
    """A hash of all code of ours that these roots reach; it changes only if what that code means does.

    Args:
        roots: names of modules, modules, or classes and functions, which stand for their modules. A module of the
            user's own counts like the library's; one defined in a notebook counts by its own source.
        packages: count every ``__init__`` on the way.
    """
    seen = hashlib.sha256()
    for name, path in sorted(reached(*roots, packages=packages).items()):
        seen.update(f"{name}\0{meaning(path)}\n".encode())
    for root in roots:
        if not isinstance(root, str) and _name(root) == "__main__":
            seen.update(_normal(textwrap.dedent(inspect.getsource(root))).encode())
    return seen.hexdigest()


@functools.cache
def versions(*roots: str | ModuleType | type, packages: bool = False) -> dict[str, str]:
    """Of Python, and of each installed library that the reached code imports, by its distribution's name."""
    found = {"python": ".".join(map(str, sys.version_info[:2]))}
    names = {name.partition(".")[0] for path in reached(*roots, packages=packages).values() for name in _imports(path)}
    names |= {root.partition(".")[0] for root in roots if isinstance(root, str)}
    for name in sorted(names - {PACKAGE.name}):
        for distribution in _distributions().get(name, []):
            found[distribution] = importlib.metadata.version(distribution)
    return found


def installed() -> dict[str, str]:
    """The versions of the packages that ``pyproject.toml`` names for the library itself, where they are installed.

    Raises:
        MxeError: if this library is not.
    """
    try:
        required = importlib.metadata.requires("mxe-lib") or []
    except importlib.metadata.PackageNotFoundError:
        raise MxeError(
            "mxe-lib is not installed in this Python: use 'make study', or pip install -e '.[test]'"
        ) from None
    found = {}
    for name in sorted(re.match(r"[\w.-]+", line)[0] for line in required if "extra ==" not in line):
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            found[name] = importlib.metadata.version(name)
    return found


def reached(*roots: str | ModuleType | type, packages: bool = False) -> dict[str, Path]:
    """The modules of ours that these roots import, directly or through others, and their files."""
    found: dict[str, Path] = {}
    waiting = [root if isinstance(root, str) else _name(root) for root in roots]
    while waiting:
        name = waiting.pop()
        # This module says under which name a result is kept: it changes none.
        if name in found or name == __name__ or (path := _file(name)) is None:
            continue
        found[name] = path
        waiting += _imports(path)
        if packages:
            waiting += [name.rsplit(".", level)[0] for level in range(1, name.count(".") + 1)]
    return found


def forget() -> None:
    """Read all sources anew: each is else read once in a process, as Python does."""
    for function in (digest, versions, meaning, _imports, _file, _data_files):
        function.cache_clear()


def imported(source: str, package: str = "") -> set[str]:
    """The modules that a source imports, wherever in it; names taken from a module stand for that module.

    Args:
        package: what relative imports start from.
    """
    found = set()
    for node in ast.walk(_untyped(ast.parse(source))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: package.count(".") + 2 - node.level] if node.level else []
            origin = ".".join([*above, *filter(None, [node.module])])
            for alias in node.names:
                inner = f"{origin}.{alias.name}"
                found.add(inner if _file(inner) else origin)
    return found


@functools.cache
def meaning(path: Path) -> str:
    """A hash of what a source file says to Python, and of the library's data files that it names."""
    source = path.read_text(encoding="utf-8")
    seen = hashlib.sha256(_normal(source).encode())
    named = {node.value for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Constant)}
    for name, file in _data_files().items():
        if name in named:
            seen.update(f"\0{name}\0".encode() + file.read_bytes())
    return seen.hexdigest()


@functools.cache
def _imports(path: Path) -> frozenset[str]:
    package = ""
    if path.is_relative_to(PACKAGE):
        package = ".".join([PACKAGE.name, *path.relative_to(PACKAGE).parent.parts])
    return frozenset(imported(path.read_text(encoding="utf-8"), package))


def _normal(source: str) -> str:
    tree = _Untold().visit(_untyped(ast.parse(source)))
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    imports, rest = set(), []
    for node in tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            # An import of the standard library that only annotations used changes nothing.
            ours = (getattr(node, "module", None) or node.names[0].name).partition(".")[0]
            idle = ours in sys.stdlib_module_names and not getattr(node, "level", 0)
            origin = f"{'.' * getattr(node, 'level', 0)}{getattr(node, 'module', None) or ''}"
            for alias in node.names:
                if not (idle and (alias.asname or alias.name.partition(".")[0]) not in used):
                    imports.add(f"{origin}:{alias.name}:{alias.asname or ''}")
        else:
            rest.append(node)
    return "\n".join([*sorted(imports), *map(ast.dump, rest)])


def _untyped(tree: ast.Module) -> ast.Module:
    """Without what only a type checker reads: ``if TYPE_CHECKING:`` blocks."""

    class Checked(ast.NodeTransformer):
        def visit_If(self, node: ast.If) -> ast.AST | list:
            self.generic_visit(node)
            return node.orelse if "TYPE_CHECKING" in ast.dump(node.test) else node

    return Checked().visit(tree)


class _Untold(ast.NodeTransformer):
    """Takes docstrings and annotations out of a tree."""

    def __init__(self) -> None:
        self.fields: set[ast.AnnAssign] = set()

    def visit_Expr(self, node: ast.Expr) -> ast.AST | None:
        # A string that stands alone does nothing, wherever it stands.
        told = isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        return None if told else self.generic_visit(node)

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.annotation = None
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.AST:
        node.returns = None
        return self.generic_visit(node)

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        for child in node.body:
            if isinstance(child, ast.AnnAssign):
                # The fields of a dataclass are its annotated names, and these three say which are none.
                text = ast.dump(child.annotation)
                marks = [mark for mark in ("ClassVar", "InitVar", "KW_ONLY") if mark in text]
                child.annotation = ast.Constant("".join(marks))
                self.fields.add(child)
        return self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST | None:
        if node in self.fields:
            return self.generic_visit(node)
        if node.value is None:
            return None
        return ast.Assign([self.visit(node.target)], self.visit(node.value))


def _name(thing: ModuleType | type) -> str:
    return thing.__name__ if isinstance(thing, ModuleType) else thing.__module__


@functools.cache
def _file(name: str) -> Path | None:
    """The source file of a module of ours; None for libraries, which count by their versions, and for no module."""
    top, *rest = name.split(".")
    if top == PACKAGE.name:
        base = PACKAGE
    else:
        base = None if top in sys.stdlib_module_names or top == "__main__" else _own(top)
        if base is None or base.is_file():
            return base if not rest else None
    place = base.joinpath(*rest)
    for path in (place / "__init__.py", place.with_suffix(".py")):
        if path.is_file():
            return path
    return None


def _own(top: str) -> Path | None:
    """File or folder of a top-level module that is not installed."""
    try:
        spec = importlib.util.find_spec(top)
    except (ImportError, ValueError):
        return None
    if spec is None or spec.origin is None or not spec.origin.endswith(".py"):
        return None
    path = Path(spec.origin)
    if any(path.resolve().is_relative_to(folder) for folder in _INSTALLED):
        return None
    return path.parent if path.name == "__init__.py" else path


@functools.cache
def _data_files() -> dict[str, Path]:
    """Tables, weights and styles that lie beside the modules, by name."""
    files = (path for path in sorted(PACKAGE.rglob("*")) if path.is_file() and path.parent.name != "__pycache__")
    return {path.name: path for path in files if path.suffix != ".py"}


@functools.cache
def _distributions() -> dict[str, Iterable[str]]:
    return importlib.metadata.packages_distributions()
