"""Networks judged: whether they fit their windows, their card and their budget."""
