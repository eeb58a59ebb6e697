"""The largest batch that fits, and what would make a larger one fit."""
