"""Finding (找空档): what a search asks for, and its answers in words."""
