"""Statistical tables by class, density and age."""
