"""What is measured: each module wraps one library, or one way of writing the same arithmetic."""
