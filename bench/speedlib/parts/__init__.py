"""The parts of the benchmark: each has a `run` that measures and gives a `PartResult`."""
