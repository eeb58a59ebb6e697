"""Networks as the text of specs: layers, branches, blocks and repeats as a person writes them.

In: layers with their options and edges, from an importer or an exporter. Out: YAML.
"""
