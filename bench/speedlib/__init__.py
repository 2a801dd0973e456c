"""How `bench/speed.py` measures: candidates in processes of their own, in interleaved rounds."""
