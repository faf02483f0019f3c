"""A cache simulator: policies from the literature and azos's own, on the same traces of accesses."""
