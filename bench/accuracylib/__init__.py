"""What bench/best_accuracy.py measures, and the document that is made of it.

In reading order: `methods`, what is measured, with `networks`, which trains, and `committee`,
whose members have `views` of a digit; `rows`, what is kept; `tables`, `steps` and `document`,
which write the page.
"""
