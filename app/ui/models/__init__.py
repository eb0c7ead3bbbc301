"""The models page: what is on this machine, what can be fetched, which one answers."""
