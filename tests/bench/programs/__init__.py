"""What is measured, each in a process of its own, so that no figure holds another's leftovers."""
