"""Training runs in folders: from settings to models, checkpoints and metrics.

In reading order: `config`, what a run is to do; `run`, the whole way; `data` and `models`, what it
trains on and what it trains, with `_members` of an ensemble; `listener`, who is told; `outcome`,
what has come of it; `folder`, where it is written, and `_lock`, by one at a time; `lessons`, where
a mistake shows; `model_files`, trained models; `inputs`, samples for them; `doubt`, whether a
picture shows a digit; `_checkpoint` and `_array_files`, how they lie in files, and `_onnx`, in a
file for other programs; `replay`, the published lab's run over many seeds.
"""
