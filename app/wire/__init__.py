"""Versioned, length-prefixed, size-capped frames between the app and its worker processes."""
