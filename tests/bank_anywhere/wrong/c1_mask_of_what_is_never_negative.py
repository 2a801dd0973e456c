import numpy as np

rng = np.random.RandomState(3)
pictures = rng.rand(40, 12)
answers = np.eye(4)[rng.randint(0, 4, 40)]


def relu(x):
    return (x > 0) * x


def relu_slope(out):
    return out >= 0


first = 0.4 * rng.randn(12, 9)
second = 0.4 * rng.randn(9, 4)
alpha = 0.01
for epoch in range(200):
    total = 0.0
    for i in range(len(pictures)):
        inp = pictures[i : i + 1]
        mid = relu(inp @ first)
        out = mid @ second
        total += np.sum((answers[i : i + 1] - out) ** 2)
        out_delta = answers[i : i + 1] - out
        mid_delta = out_delta @ second.T * relu_slope(mid)
        second += alpha * mid.T @ out_delta
        first += alpha * inp.T @ mid_delta
    if epoch % 50 == 0:
        print(epoch, total)
