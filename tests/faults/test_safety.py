"""Nothing that is read can run code, and nothing that is written loads anything from elsewhere."""

from __future__ import annotations

import io
import json
import pickle
import re
import zipfile
from pathlib import Path

import pytest
import skops.io

LOADS = re.compile(
    r"""(?:src|srcset|data|poster|action|background|xlink:href)\s*=\s*["']?\s*(?:https?:)?//"""
    r"""|<link[^>]+href\s*=\s*(?!["']?data:)"""
    r"""|@import|url\(\s*["']?(?:https?:)?//|fetch\(|XMLHttpRequest|WebSocket|<iframe|<base""",
    re.IGNORECASE,
)
"""What makes a browser fetch something; plain <a href> links, which a reader has to follow, do not."""


class Evil:
    """Writes a file when it is unpickled."""

    def __init__(self, target: Path) -> None:
        self.target = str(target)

    def __reduce__(self):
        return Path.write_text, (Path(self.target), "run")


def pickled(target: Path) -> bytes:
    return pickle.dumps(Evil(target))


def unknown_type(_: Path) -> bytes:
    return skops.io.dumps({"facts": "{}", "pipeline": zipfile.ZipFile})


def edited_schema(_: Path) -> bytes:
    """A model file whose schema names a function of the operating system."""
    stream = io.BytesIO()
    schema = {"__class__": "function", "__module__": "os", "__loader__": "FunctionNode", "content": {}}
    schema |= {"content": {"module_path": "os", "function": "system"}, "protocol": 2, "_skops_version": "0.11"}
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("schema.json", json.dumps(schema))
    return stream.getvalue()


@pytest.mark.parametrize("make", [pickled, unknown_type, edited_schema, lambda _: b"", lambda _: b"PK\x03\x04"])
def test_model_file_that_could_run_code_is_refused(good, call, tmp_path, make):
    model, mark = tmp_path / "model.skops", tmp_path / "ran"
    model.write_bytes(make(mark))
    ended = call(["predict", str(good.release), "--model", str(model), "--out", str(tmp_path / "out")])
    assert ended.status == 1
    assert ended.printed.startswith("error: model file")
    assert not mark.exists()


@pytest.mark.parametrize(
    "text",
    [
        "!!python/object/apply:os.system ['touch ran']\n",
        "seed: !!python/object/apply:builtins.int ['1']\n",
        "a: &a [x, x]\nb: &b [*a, *a]\nc: *b\n",
        "seed: 1\nseed: [\n",
    ],
)
def test_settings_cannot_run_code(call, tmp_path, monkeypatch, text):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "study.yaml").write_text(text)
    ended = call(["config", "check", "study.yaml"])
    assert ended.status == 2
    assert ended.printed.startswith("error: ")
    assert not (tmp_path / "ran").exists()


def test_record_that_was_changed_is_data_and_nothing_else(good, call, tmp_path):
    out = good.copy_out(tmp_path)
    for path in (out / ".records").rglob("*.json"):
        path.write_bytes(pickled(tmp_path / "ran"))
        break
    assert call(good.words(good.release, out)).status == 0
    assert not (tmp_path / "ran").exists()


def test_the_pattern_sees_what_would_load():
    assert LOADS.search('<img src="https://example.org/x.png">')
    assert LOADS.search('<link rel="stylesheet" href="x.css">')
    assert not LOADS.search('<a href="https://example.org">x</a>')


def test_report_loads_nothing_from_elsewhere(good, call, tmp_path):
    out = good.copy_out(tmp_path)
    ended = call(["report", str(out)])
    assert ended.status == 0, ended.printed
    pages = [out / "report.html", *out.rglob("*.svg")]
    for path in pages:
        found = LOADS.search(path.read_text(encoding="utf-8"))
        assert found is None, f"{path.name}: {found}"
