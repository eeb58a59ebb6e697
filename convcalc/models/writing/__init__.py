"""Networks as the text of specs: layers, branches, blocks and repeats as a person writes them."""
