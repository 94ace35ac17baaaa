"""The facts that a complete copy of the public release must show."""
