"""The terminal's ledger: SQLCipher through SQLAlchemy Core, one writing thread."""
