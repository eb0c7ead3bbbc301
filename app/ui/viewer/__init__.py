"""The viewer: a document at the place that a citation points at."""
