"""Every command leaves a log that a machine reads: what was done, how far, how long, and how it ended."""

import json
import logging

import pytest

from radiomics_mammo.cli.logbook import LOG, logged


def lines(folder):
    return [json.loads(line) for line in (folder / LOG).read_text(encoding="utf-8").splitlines()]


def test_log_holds_stages_seconds_and_warnings(tmp_path):
    told = []
    with logged(tmp_path / "new", lambda *words: told.append(words), command="run") as progress:
        progress("features", 1, 2)
        logging.getLogger("radiomics_mammo.pipeline").warning("a worker\nprocess died")
        progress("features", 2, 2)
    found = lines(tmp_path / "new")
    assert [one["message"] for one in found if one["level"] == "warning"] == ["a worker\nprocess died"]
    assert [(one["stage"], one["done"], one["total"]) for one in found if "stage" in one] == told
    assert found[0]["message"] == "run begins"
    assert found[-1]["message"] == "run ends"
    assert found[-1]["seconds"] >= 0


def test_failure_is_the_last_line_and_the_next_command_goes_on_below(tmp_path):
    with pytest.raises(ValueError, match="broken"), logged(tmp_path, lambda *_: None, command="run"):
        raise ValueError("broken")
    with logged(tmp_path, lambda *_: None, command="report"):
        pass
    assert [one["message"] for one in lines(tmp_path)][1:3] == ["run failed: broken", "report begins"]
    assert logging.getLogger("radiomics_mammo").handlers == []


def test_only_verbose_shows_developers_lines(tmp_path, capsys):
    for verbose in (False, True):
        with logged(tmp_path / str(verbose), lambda *_: None, command="run", verbose=verbose):
            logging.getLogger("radiomics_mammo.x").debug("detail")
    assert "detail" not in str(lines(tmp_path / "False"))
    assert "detail" in str(lines(tmp_path / "True"))
    assert "detail" in capsys.readouterr().err
