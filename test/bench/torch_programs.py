"""PyTorch's side of the benchmark: the same programs on a frozen RoBERTa of random weights; one repetition per line on stdin."""

import json
import math
import resource
import sys
import time

import torch
import torch.nn.functional as F

program, size = sys.argv[1], json.loads(sys.argv[2])
torch.set_num_threads(size["threads"])
torch.manual_seed(1)
B, T, l, D, L = size["batchSize"], size["textLength"], size["promptLength"], size["hiddenSize"], size["layerCount"]
H, I, V = size["headCount"], size["intermediateSize"], size["vocabSize"]
TAU, N, M = 0.5, 4, D // 8


def draw(*shape):
    return 0.04 * (torch.rand(*shape) - 0.5)


words, positions = draw(V, D), draw(T + 2, D)
scale, shift = torch.ones(D), torch.zeros(D)
norm = lambda x: F.layer_norm(x, (D,), scale, shift, 1e-5)
layers = [
    {name: (draw(o, i), draw(o)) for name, (o, i) in
     {"q": (D, D), "k": (D, D), "v": (D, D), "o": (D, D), "up": (I, D), "down": (D, I)}.items()}
    for _ in range(L)
]
head, head_bias = draw(D, D), draw(D)
ids = torch.randint(5, V, (B, T))
targets = torch.arange(B) % 2
labels = torch.tensor([7, 11])
pooling = torch.zeros(l, T)
for q in range(l):
    first, last = q * T // l, -(-(q + 1) * T // l)
    pooling[q, first:last] = 1 / (last - first)


def heads(x):
    return x.view(x.shape[0], x.shape[1], H, D // H).transpose(1, 2)


def layer(w, x, mask=0):
    q, k, v = (heads(F.linear(x, *w[name])) for name in "qkv")
    weights = torch.softmax(q @ k.transpose(-1, -2) / math.sqrt(D // H) + mask, -1)
    mixed = (weights @ v).transpose(1, 2).reshape(x.shape)
    x = norm(F.linear(mixed, *w["o"]) + x)
    return norm(F.linear(F.gelu(F.linear(x, *w["up"])), *w["down"]) + x)


def parameter(*shape):
    return torch.nn.Parameter(draw(*shape))


class Static:
    """Free prompt rows."""

    def __init__(self):
        self.parameters = [parameter(l, D)]

    def __call__(self, text):
        return self.parameters[0].expand(B, l, D)


class Pooled:
    """A bottleneck of two PHM layers over the pooled text."""

    def __init__(self):
        self.down = [parameter(N, N, N), parameter(N, M // N, D // N), parameter(M)]
        self.up = [parameter(N, N, N), parameter(N, D // N, M // N), parameter(D)]
        self.parameters = self.down + self.up

    def __call__(self, text):
        return phm(F.gelu(phm(pooling @ text, *self.down)), *self.up)


def phm(x, a, b, bias):
    matrix = torch.einsum("kij,kuv->iujv", a, b).reshape(N * b.shape[1], N * b.shape[2])
    return F.linear(x, matrix, bias)


def forward(generators, tau, gates=None, ids=ids, lengths=torch.tensor([T] * B), mask=0):
    """Last-layer state of the mask row; prompt rows exist from the lowest generator up, and nothing below has a backward pass.
    mask: added to the attention over prompt and text, [B, 1, 1, l + length]."""
    lowest = min(generators)
    assert lowest == 0 or isinstance(mask, int), "a mask covers prompt rows, which the lower layers lack"
    with torch.no_grad():
        text = norm(words[ids] + positions[2 : 2 + ids.shape[1]])
        for w in layers[:lowest]:
            text = layer(w, text)
    prompt = None
    for i in range(lowest, L):
        if i in generators:
            rate = tau if gates is None else tau * gates[i]
            fresh = generators[i](text)
            prompt = rate * fresh if prompt is None else (1 - rate) * prompt + rate * fresh
        hidden = layer(layers[i], torch.cat([prompt, text], 1), mask)
        prompt, text = hidden[:, :l], hidden[:, l:]
    return text[torch.arange(B), lengths - 2]


def logits(state):
    return norm(F.gelu(F.linear(state, head, head_bias))) @ words[labels].T


def trained(generators):
    return [p for generator in generators.values() for p in generator.parameters]


def train_step(generators, tau):
    optimizer = torch.optim.AdamW(trained(generators), lr=1e-3, weight_decay=0.1)

    def step():
        optimizer.zero_grad()
        F.cross_entropy(logits(forward(generators, tau)), targets).backward()
        torch.nn.utils.clip_grad_norm_(trained(generators), 1.0)
        optimizer.step()

    return step


def search_step():
    generators = {i: Pooled() for i in range(L)}
    alphas = torch.nn.Parameter(torch.zeros(L))
    mask = torch.arange(L) % 2
    weights_optimizer = torch.optim.AdamW(trained(generators), lr=1e-3, weight_decay=0.1)
    alphas_optimizer = torch.optim.Adam([alphas], lr=0.02, betas=(0.5, 0.999))

    def loss():
        gates = torch.sigmoid(alphas)
        gates = gates / gates.sum() * gates.sum().detach()
        open_state, masked_state = forward(generators, TAU, gates), forward(generators, TAU, gates * mask)
        return F.cross_entropy(logits(open_state), targets) + F.mse_loss(open_state, masked_state)

    def step():
        (alphas.grad,) = torch.autograd.grad(loss(), [alphas])
        alphas_optimizer.step()
        parameters = trained(generators)
        for p, gradient in zip(parameters, torch.autograd.grad(loss(), parameters)):
            p.grad = gradient
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        weights_optimizer.step()

    return step


def epoch():
    """One epoch of prompts at all layers over texts of many lengths, in random order, each batch padded to its longest."""
    generators = {i: Static() for i in range(L)}
    optimizer = torch.optim.AdamW(trained(generators), lr=1e-3, weight_decay=0.1)
    texts = [torch.randint(5, V, (length,)) for length in size["textLengths"]]

    def step():
        order = torch.randperm(len(texts)).tolist()
        for first in range(0, len(order), B):
            rows = [texts[i] for i in order[first : first + B]]
            lengths = torch.tensor([len(row) for row in rows])
            ids = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=1)
            padding = torch.arange(ids.shape[1]) >= lengths[:, None]
            mask = F.pad(padding * -1e9, (l, 0))[:, None, None]
            optimizer.zero_grad()
            F.cross_entropy(logits(forward(generators, 1, None, ids, lengths, mask)), targets).backward()
            torch.nn.utils.clip_grad_norm_(trained(generators), 1.0)
            optimizer.step()

    return step


def late():
    return {i: Pooled() for i in size["lateLayers"]}


def evaluation():
    generators = late()

    @torch.no_grad()
    def step():
        return logits(forward(generators, TAU)).argmax(-1).tolist()

    return step


PROGRAMS = {
    "step": lambda: train_step({i: Static() for i in range(L)}, 1),
    "search": search_step,
    "retrain": lambda: train_step(late(), TAU),
    "retrain_cached": lambda: train_step(late(), TAU),  # a PyTorch training loop has no such cache
    "eval": evaluation,
    "epoch": epoch,
}

repeat = PROGRAMS[program]()
repeat()
print(json.dumps("ready"), flush=True)
for _ in sys.stdin:
    start = time.perf_counter()
    repeat()
    seconds = time.perf_counter() - start
    print(json.dumps([seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]), flush=True)
