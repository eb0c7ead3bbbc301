"""The first run: four steps to an answer that works."""
