"""Families of patterns: every network that a pattern with ranges stands for."""
