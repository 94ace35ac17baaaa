"""Floor 1: what may be asked for; closed, typed and hashed."""
