"""Frozen dataclasses and pure rules; imports nothing but the standard library."""
