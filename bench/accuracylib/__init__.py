"""What bench/best_accuracy.py measures, and the document that is made of it.

In reading order: `rows`, what is kept; `document`, tables and sentences.
"""
