"""Measured figures of the product: `make bench`, described in docs/benchmarks.md."""
