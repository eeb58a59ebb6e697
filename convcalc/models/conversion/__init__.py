"""FC layers written as convolutions and convolutions as FC layers, as the notes show.

In: a network and its walk. Out: the network rewritten, its layers' scores unchanged.
"""
