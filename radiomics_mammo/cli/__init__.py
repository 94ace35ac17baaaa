"""Floor 4: parsing and printing, nothing else."""
