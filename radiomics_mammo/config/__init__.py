"""Floor 1: closed, typed, hashed settings; a name loads pydantic when first used (see ``__init__.pyi``)."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
