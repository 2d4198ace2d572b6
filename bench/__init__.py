"""Every figure in the README comes from a command here: `python -m bench`, or one part of it.

Each prints ratios against a peer that is run in the same minute, since the machine's own speed
drifts; medians of several runs.
"""
