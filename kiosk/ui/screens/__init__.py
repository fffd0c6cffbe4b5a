"""Widgets that draw what the presenters say. They hold no rules."""
