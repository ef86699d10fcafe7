"""PyTorch's side of the benchmark: the same deep-prompt-tuning step, frozen weights; one step per line on stdin."""

import json
import math
import resource
import sys
import time

import torch
import torch.nn.functional as F

size = json.loads(sys.argv[1])
torch.set_num_threads(int(sys.argv[2]))
torch.manual_seed(1)
B, T, l, D, L = size["batchSize"], size["textLength"], size["promptLength"], size["hiddenSize"], size["layerCount"]
H, I, V = size["headCount"], size["intermediateSize"], size["vocabSize"]


def draw(*shape):
    return 0.04 * (torch.rand(*shape) - 0.5)


words, positions = draw(V, D), draw(T + 2, D)
norm = lambda x: F.layer_norm(x, (D,), torch.ones(D), torch.zeros(D), 1e-5)
layers = [
    {name: (draw(o, i), draw(o)) for name, (o, i) in
     {"q": (D, D), "k": (D, D), "v": (D, D), "o": (D, D), "up": (I, D), "down": (D, I)}.items()}
    for _ in range(L)
]
head, head_bias = draw(D, D), draw(D)
prompts = [torch.nn.Parameter(draw(1, l, D)) for _ in range(L)]
optimizer = torch.optim.AdamW(prompts, lr=1e-3, weight_decay=0.0)
ids = torch.randint(5, V, (B, T))
targets = torch.arange(B) % 2
labels = torch.tensor([7, 11])
bias = torch.zeros(B, 1, 1, l + T)


def heads(x):
    return x.view(B, l + T, H, D // H).transpose(1, 2)


def layer(w, x):
    q, k, v = (heads(F.linear(x, *w[name])) for name in "qkv")
    weights = torch.softmax(q @ k.transpose(-1, -2) / math.sqrt(D // H) + bias, -1)
    mixed = (weights @ v).transpose(1, 2).reshape(B, l + T, D)
    x = norm(F.linear(mixed, *w["o"]) + x)
    return norm(F.linear(F.gelu(F.linear(x, *w["up"])), *w["down"]) + x)


def step():
    optimizer.zero_grad()
    text = norm(words[ids] + positions[2:])
    for w, prompt in zip(layers, prompts):
        hidden = layer(w, torch.cat([prompt.expand(B, l, D), text], 1))
        text = hidden[:, l:]
    rows = norm(F.gelu(F.linear(hidden[:, l + T - 2], head, head_bias)))
    loss = F.cross_entropy(rows @ words[labels].T, targets)
    loss.backward()
    optimizer.step()
    return loss.item()


step()
print("ready", flush=True)
for _ in sys.stdin:
    start = time.perf_counter()
    step()
    seconds = time.perf_counter() - start
    print(json.dumps([seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]), flush=True)
