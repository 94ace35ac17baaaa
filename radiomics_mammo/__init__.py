"""Masks from outlines, PyRadiomics features of prior and recent lesions, deltas, honest models and statistics.

The public names stand in ``__init__.pyi``; each loads its engine when first used, so that ``import radiomics_mammo``
costs nothing.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
