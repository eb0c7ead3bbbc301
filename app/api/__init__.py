"""The loopback OpenAI-compatible server: the same services, for other programs on this machine."""
