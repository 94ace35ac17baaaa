"""Floor 3: the only code that knows the order; a name loads what it needs when first used (see ``__init__.pyi``)."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
