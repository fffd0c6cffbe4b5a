"""The commands of ``kiosk``: one module a command.

A module declares its command line with argparse alone; what the command works with is imported
when it runs.
"""
