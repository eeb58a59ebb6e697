"""Answers as text: tables, Markdown, JSON, CSV, HTML and the formats of CI systems.

In: plain values of `answers`. Out: strings. Code here computes no figure and prints none.
"""
