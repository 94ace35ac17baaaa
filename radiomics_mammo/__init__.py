"""Masks from outlines, PyRadiomics features of prior and recent lesions, deltas, honest models and statistics."""

from radiomics_mammo._version import __version__

__all__ = ["__version__"]
