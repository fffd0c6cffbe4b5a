"""The commands of ``kiosk``: one module a command, imported only when it runs."""
