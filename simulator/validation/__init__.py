"""Models against published numbers: what was expected, what this version gives, and the verdict."""
