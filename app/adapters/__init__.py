"""One module per technology, each serving one port."""
