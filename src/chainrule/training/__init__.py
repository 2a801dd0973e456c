"""Training: settings, epochs, history, and the engines that take the steps."""
