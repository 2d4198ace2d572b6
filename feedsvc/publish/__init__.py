"""Ways out: the one document maker."""
