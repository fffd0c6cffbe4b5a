"""Pickup kiosk: the terminal that hands goods over exactly once, online or offline."""

__version__ = "0.1.0"
