"""The shape of the package, checked by a machine."""

from __future__ import annotations

import ast
import importlib
import inspect
import pickle
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest

import radiomics_mammo
from radiomics_mammo.core import errors

PACKAGE = Path(radiomics_mammo.__file__).parent
TESTS = Path(__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))
MAX_FILE_LINES = 300
MAX_FUNCTION_LINES = 40
DRAWERS = {"utils", "helpers", "common", "base", "misc"}


def dotted(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def functions(tree: ast.AST) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def body_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return body[-1].end_lineno - body[0].lineno + 1 if body else 0


def own_classes() -> list[type]:
    found = []
    for path in MODULES:
        module = importlib.import_module(dotted(path))
        found += [cls for _, cls in inspect.getmembers(module, inspect.isclass) if cls.__module__ == module.__name__]
    return found


@pytest.mark.parametrize("path", MODULES, ids=dotted)
def test_module_is_small_documented_and_named(path):
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    assert text.count("\n") <= MAX_FILE_LINES
    assert ast.get_docstring(tree), "every module opens with one sentence"
    assert path.stem not in DRAWERS
    long = [f"{f.name}: {body_lines(f)}" for f in functions(tree) if body_lines(f) > MAX_FUNCTION_LINES]
    assert not long
    loose = [f.name for f in functions(tree) if f.args.kwarg and not f.name.startswith("_")]
    assert not loose, "public signatures take no **kwargs"
    inside = [f.name for f in functions(tree) for n in ast.walk(f) if isinstance(n, ast.Import | ast.ImportFrom)]
    assert not inside, "imports stand at the top"


@pytest.mark.parametrize("path", MODULES, ids=dotted)
def test_module_swallows_no_broad_exception(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ExceptHandler):
            caught = ast.unparse(node.type) if node.type else "everything"
            broad = caught in ("everything", "Exception", "BaseException")
            assert not broad or any(isinstance(n, ast.Raise) for n in ast.walk(node)), f"line {node.lineno}"


@pytest.mark.parametrize("path", [p for p in MODULES if p.stem not in ("__init__", "__main__")], ids=dotted)
def test_module_has_a_test_of_the_same_name(path):
    room = path.relative_to(PACKAGE).parent
    assert (TESTS / room / f"test_{path.stem.lstrip('_')}.py").is_file()


@pytest.mark.parametrize("path", MODULES, ids=dotted)
def test_public_names_are_documented(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    public = [f for f in functions(tree) if not f.name.startswith("_")]
    assert [f.name for f in public if not ast.get_docstring(f)] == []


def test_values_are_frozen():
    loose = [c.__qualname__ for c in own_classes() if is_dataclass(c) and not c.__dataclass_params__.frozen]
    assert loose == []


def test_no_dataclass_writes_its_own_init():
    twice = [c.__qualname__ for c in own_classes() if is_dataclass(c) and fields(c) and "def __init__" in source(c)]
    assert twice == []


def source(cls: type) -> str:
    return inspect.getsource(cls)


def own_errors() -> list[type[errors.RadiomicsMammoError]]:
    return [c for c in own_classes() if issubclass(c, errors.RadiomicsMammoError)]


@pytest.mark.parametrize("kind", own_errors(), ids=lambda kind: kind.__name__)
def test_errors_survive_pickling(kind):
    error = kind("subject", "this", "that", "do so")
    back = pickle.loads(pickle.dumps(error))
    assert type(back) is kind
    assert str(back) == str(error) == "subject: expected this, found that. Remedy: do so."
    assert vars(back) == vars(error)


def can_fail(function: ast.AST, checks: set[str]) -> bool:
    """Whether a test asserts by itself, or calls a function of its file that does."""
    called = {
        node.func.id for node in ast.walk(function) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    text = ast.unparse(function)
    return "assert" in text or "pytest.raises" in text or bool(called & checks)


def test_test_files_assert_something():
    for path in TESTS.rglob("test_*.py"):
        every = functions(ast.parse(path.read_text(encoding="utf-8")))
        checks = {function.name for function in every if "assert" in ast.unparse(function)}
        idle = [f.name for f in every if f.name.startswith("test_") and not can_fail(f, checks)]
        assert not idle, f"{path.name}: {idle} cannot fail"
