"""How `bench/mutants.py` works: mutations of the source, and the tests that execute each line."""
