"""What every section of the configuration has in common: closed, frozen, bounds checked by pydantic."""

from __future__ import annotations

from pydantic import ConfigDict

CLOSED = ConfigDict(extra="forbid", validate_default=True, use_enum_values=False)
"""Unknown keys are errors; defaults are checked like any other value."""
