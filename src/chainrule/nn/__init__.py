"""The networks and their mathematics: begin reading here, with `models`.

In reading order: `models`, the forward and backward pass as a person writes them; `classifier`,
what both models share; `functions`, softmax and the loss; `activations`, the nonlinearities and
their one registry; `init`, the first weights; `dropout`, units that a step of training leaves
out; `ensemble`, several models as one; `evaluate`, what a trained model gets right;
`reliability`, whether its probabilities are to be believed; `layouts`, their parameters in other
frameworks.
"""
