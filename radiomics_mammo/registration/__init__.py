"""Breast region, prior and recent alignment, regional search, matching of lesions."""
