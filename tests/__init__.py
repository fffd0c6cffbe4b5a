"""The tests. A real package, because some libraries install a `tests` of their own."""
