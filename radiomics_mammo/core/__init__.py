"""Floor 0: the words and frozen values that every stage shares; no input or output."""
