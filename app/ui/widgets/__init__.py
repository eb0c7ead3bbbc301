"""The components that all pages are put together from."""
