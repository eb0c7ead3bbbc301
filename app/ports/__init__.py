"""Protocols only: what the services need from the outside."""
