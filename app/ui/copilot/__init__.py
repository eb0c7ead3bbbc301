"""The copilot page: playbooks, step by step."""
