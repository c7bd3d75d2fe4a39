"""Engines: the ways to sum over configurations."""
