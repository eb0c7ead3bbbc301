"""The prompts page: found, filled in, changed, tried."""
