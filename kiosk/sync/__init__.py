"""Outbox → central, central → replica. The only part that speaks HTTP."""
