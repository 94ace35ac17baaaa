"""The shape of the package, checked by a machine."""

from __future__ import annotations

import ast
import importlib
import inspect
import pickle
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest

import radiomics_mammo
from radiomics_mammo.core import errors

PACKAGE = Path(radiomics_mammo.__file__).parent
TESTS = Path(__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))
MAX_FILE_LINES = 500
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


TREES = {dotted(path): ast.parse(path.read_text(encoding="utf-8")) for path in MODULES}


def everywhere(fault: Callable[[ast.Module], list[str]]) -> dict[str, list[str]]:
    """What `fault` finds in each module; empty where all is well."""
    return {name: found for name, tree in TREES.items() if (found := fault(tree))}


def test_a_module_is_a_chapter_that_opens_with_a_sentence():
    assert [p.name for p in MODULES if p.read_text(encoding="utf-8").count("\n") > MAX_FILE_LINES] == []
    assert [name for name, tree in TREES.items() if not ast.get_docstring(tree)] == []
    assert [p.name for p in MODULES if p.stem in DRAWERS] == []


def test_a_function_has_one_idea():
    assert everywhere(lambda tree: [f.name for f in functions(tree) if body_lines(f) > MAX_FUNCTION_LINES]) == {}


def test_public_signatures_take_no_kwargs():
    assert everywhere(lambda t: [f.name for f in functions(t) if f.args.kwarg and not f.name.startswith("_")]) == {}


def test_imports_stand_at_the_top():
    imports = (ast.Import, ast.ImportFrom)
    inside = everywhere(lambda t: [f.name for f in functions(t) if any(isinstance(n, imports) for n in ast.walk(f))])
    assert inside == {}


def test_public_names_are_documented():
    public = everywhere(
        lambda t: [f.name for f in functions(t) if not f.name.startswith("_") and not ast.get_docstring(f)]
    )
    assert public == {}


def swallowed(tree: ast.Module) -> list[str]:
    handlers = [node for node in ast.walk(tree) if isinstance(node, ast.ExceptHandler)]
    caught = {node: ast.unparse(node.type) if node.type else "everything" for node in handlers}
    broad = [node for node, words in caught.items() if words in ("everything", "Exception", "BaseException")]
    return [
        f"line {node.lineno}" for node in broad if not any(isinstance(inner, ast.Raise) for inner in ast.walk(node))
    ]


def test_no_broad_exception_is_swallowed():
    assert everywhere(swallowed) == {}


def test_a_chapter_has_a_test_of_the_same_name():  # what only declares is tested by the laws over its kind
    behaving = [p for p in MODULES if p.stem not in ("__init__", "__main__") and functions(TREES[dotted(p)])]
    chapters = [p.relative_to(PACKAGE) for p in behaving]
    missing = [str(p) for p in chapters if not (TESTS / p.parent / f"test_{p.stem.lstrip('_')}.py").is_file()]
    assert missing == []


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


def test_values_of_five_fields_or_more_take_keywords_only():
    many = [c for c in own_classes() if is_dataclass(c) and len(fields(c)) >= 5]
    assert [c.__qualname__ for c in many if not all(f.kw_only for f in fields(c))] == []
