"""Training runs in folders: from settings to models, checkpoints and metrics."""
