"""Floor 3: the only code that knows the order of the stages."""
