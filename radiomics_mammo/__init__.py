"""Masks from outlines, PyRadiomics features of prior and recent lesions, deltas, honest models and statistics.

The public names load their engines when first used, so that ``import radiomics_mammo`` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from radiomics_mammo._version import __version__

if TYPE_CHECKING:
    from radiomics_mammo.config.loading import config_from, load_config
    from radiomics_mammo.config.study import StudyConfig
    from radiomics_mammo.core.errors import RadiomicsMammoError
    from radiomics_mammo.features.transformer import DeltaTransformer
    from radiomics_mammo.pipeline.results import StudyResult, read_study
    from radiomics_mammo.pipeline.single_image import outline_lesions, read_image
    from radiomics_mammo.pipeline.study import run_study
    from radiomics_mammo.release.index import open_release
    from radiomics_mammo.synthetic.cohort import synthesize_release

_HOMES = {
    "DeltaTransformer": "features.transformer",
    "RadiomicsMammoError": "core.errors",
    "StudyConfig": "config.study",
    "StudyResult": "pipeline.results",
    "config_from": "config.loading",
    "load_config": "config.loading",
    "open_release": "release.index",
    "outline_lesions": "pipeline.single_image",
    "read_image": "pipeline.single_image",
    "read_study": "pipeline.results",
    "run_study": "pipeline.study",
    "synthesize_release": "synthetic.cohort",
}

__all__ = [
    "DeltaTransformer",
    "RadiomicsMammoError",
    "StudyConfig",
    "StudyResult",
    "__version__",
    "config_from",
    "load_config",
    "open_release",
    "outline_lesions",
    "read_image",
    "read_study",
    "run_study",
    "synthesize_release",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'radiomics_mammo' has no attribute '{name}'")
    return getattr(import_module(f"radiomics_mammo.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
