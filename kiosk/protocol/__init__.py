"""What goes over a wire: pickup codes, signed documents, ledger entries, API messages."""
