"""A search for good settings, honest about what it finds.

In reading order: `space`, what is tried; `folds`, how a candidate is measured; `storage`, where
trials are kept; `study`, the trials, and `_workers`, by whom; `config`, what a search is to do;
`run`, the whole way; `intervals`, how far a mean may be off; `outcome`, what a search has shown.
"""
