"""Mistakes that a look at a judged step shows: nothing is tried in the place of anything.

Of a loss: `unlike_losses`, `spoiled`, `penalties`, `uphill`. Of parameters that do not learn:
`untrained`, `replaced`, `first_weights`, `fixed`, `never_used`, `lost_steps`, `shared_rows`,
`written_over`. Of optimisers: `optimisers`, with `missteps` and `forgotten`. Of gradients:
`plain`, `entries`, `edges`, `sums_first`, `only_last`. And `beside` has what is worth a word where
all is right.
"""
