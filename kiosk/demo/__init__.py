"""The demonstration: a real central, a real terminal, simulated customers."""
