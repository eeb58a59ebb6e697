"""Families of patterns: every network that a pattern with ranges stands for.

In: a pattern with ranges, conditions and an order. Out: members with their figures.
"""
