"""Pure rules of pickup: standard library only, time is always an argument."""
