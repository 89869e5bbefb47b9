"""Adapters to other platforms."""
