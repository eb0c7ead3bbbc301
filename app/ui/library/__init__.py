"""The library page: the person's documents and what could not be read."""
