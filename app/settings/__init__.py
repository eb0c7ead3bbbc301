"""Every setting as one typed row, and where they are read from."""
