"""A release with known truth."""
