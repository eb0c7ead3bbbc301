"""Use cases, one module per noun; blocking generators that take a Cancel."""
