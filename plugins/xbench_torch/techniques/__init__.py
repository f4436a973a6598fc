"""What wraps the training step: each technique is a part, switched on by the recipe field `techniques`."""
