"""The tests. A package of its own name, so that no other distribution's `tests` is imported in its place."""
