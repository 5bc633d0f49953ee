"""The deep models once more, in PyTorch: the same layers, the same windows, the same way of training.

It knows nothing of Hindcast; `twins.py` is asked for them.
"""

import math

import numpy as np
import torch
from torch import nn
from windows import WINDOW

FARTHEST = 10.0
NEARNESS = 0.2
PATIENCE, BETTER, RATE = 6, 1e-3, 2e-3


def drawn(layer):
    """Draws each matrix uniformly with the variance 1 / inputs, and no biases."""
    for name, weight in layer.named_parameters():
        if "bias" in name:
            nn.init.zeros_(weight)
        else:
            inputs = math.prod(weight.shape[1:])
            bound = math.sqrt(3.0 / inputs)
            nn.init.uniform_(weight, -bound, bound)
    return layer


def layers(widths):
    parts = []
    for inputs, outputs in zip(widths, widths[1:]):
        parts += [drawn(nn.Linear(inputs, outputs)), nn.ReLU()]
    return nn.Sequential(*parts[:-1])


def narrow_widths(columns):
    width = WINDOW * columns
    return width, max(1, min(16, width // 4))


class Autoencoder(nn.Module):
    def __init__(self, columns):
        super().__init__()
        width, narrow = narrow_widths(columns)
        widths = [width, 128, 64, narrow]
        self.narrowing, self.widening = layers(widths), layers(widths[::-1])

    def forward(self, windows):
        return self.widening(self.narrowing(windows.flatten(1))).view_as(windows)

    def loss(self, windows, chance):
        return nn.functional.mse_loss(self(windows), windows)


class Vae(nn.Module):
    def __init__(self, columns):
        super().__init__()
        width, narrow = narrow_widths(columns)
        self.narrowing = layers([width, 128, 64])
        self.middle, self.spread = drawn(nn.Linear(64, narrow)), drawn(nn.Linear(64, narrow))
        self.widening = layers([narrow, 64, 128, width])

    def cloud(self, windows):
        narrowed = torch.relu(self.narrowing(windows.flatten(1)))
        return self.middle(narrowed), 8.0 * torch.tanh(self.spread(narrowed))

    def forward(self, windows):
        return self.widening(self.cloud(windows)[0]).view_as(windows)

    def loss(self, windows, chance):
        middle, spread = self.cloud(windows)
        point = middle + torch.exp(0.5 * spread) * torch.randn_like(middle) if chance else middle
        distance = (middle.square() + spread.exp() - spread - 1.0).sum() / windows.numel()
        told = self.widening(point).view_as(windows)
        return nn.functional.mse_loss(told, windows) + 0.5 * NEARNESS * distance


class LstmAutoencoder(nn.Module):
    def __init__(self, columns):
        super().__init__()
        _, narrow = narrow_widths(columns)
        self.reading = drawn(nn.LSTM(columns, 32, batch_first=True))
        self.narrowing = drawn(nn.Linear(32, narrow))
        self.telling = drawn(nn.LSTM(narrow, 32, batch_first=True))
        self.out = drawn(nn.Linear(32, columns))

    def forward(self, windows):
        _, (last, _) = self.reading(windows)
        kept = self.narrowing(last[0]).unsqueeze(1).expand(-1, WINDOW, -1)
        return self.out(self.telling(kept)[0])

    def loss(self, windows, chance):
        return nn.functional.mse_loss(self(windows), windows)


class Block(nn.Module):
    def __init__(self, inputs, outputs, dilation):
        super().__init__()
        self.back = 2 * dilation
        self.first = drawn(nn.Conv1d(inputs, outputs, 3, dilation=dilation))
        self.second = drawn(nn.Conv1d(outputs, outputs, 3, dilation=dilation))
        self.past = drawn(nn.Conv1d(inputs, outputs, 1)) if inputs != outputs else nn.Identity()

    def forward(self, rows):
        inner = torch.relu(self.first(nn.functional.pad(rows, (self.back, 0))))
        inner = torch.relu(self.second(nn.functional.pad(inner, (self.back, 0))))
        return torch.relu(inner + self.past(rows))


class TcnAutoencoder(nn.Module):
    def __init__(self, columns):
        super().__init__()
        narrow = min(16, (columns + 1) // 2)
        self.reading = nn.Sequential(
            Block(columns, 32, 1), Block(32, 32, 2), Block(32, 64, 4)
        )
        self.narrowing = drawn(nn.Conv1d(64, narrow, 1))
        self.telling = nn.Sequential(Block(narrow, 64, 4), Block(64, 32, 2), Block(32, 32, 1))
        self.out = drawn(nn.Conv1d(32, columns, 1))

    def forward(self, windows):
        # Of every four samples the last one is kept, and stands for all of them.
        kept = self.narrowing(self.reading(windows.transpose(1, 2))[:, :, 3::4])
        told = self.telling(kept.repeat_interleave(4, dim=2))
        return self.out(told).transpose(1, 2)

    def loss(self, windows, chance):
        return nn.functional.mse_loss(self(windows), windows)


KINDS = {
    "autoencoder": Autoencoder,
    "vae": Vae,
    "lstm_autoencoder": LstmAutoencoder,
    "tcn_autoencoder": TcnAutoencoder,
}


def shown(windows):
    return torch.from_numpy(np.clip(windows, -FARTHEST, FARTHEST).astype(np.float32))


def scores(network, windows):
    """Root of the mean squared error of every window, against what it is and not what was shown."""
    found = []
    with torch.no_grad():
        for part in np.array_split(windows, max(1, len(windows) // 512)):
            told = network(shown(part)).numpy().astype(float)
            found.append(np.sqrt(np.mean((told - part) ** 2, axis=(1, 2))))
    return np.concatenate(found)


def train(kind, training, validation, epochs, seed):
    """Learns windows; answers the network of the best round, and the rounds."""
    torch.manual_seed(seed)
    network = KINDS[kind](training.shape[2])
    optimiser = torch.optim.Adam(network.parameters(), lr=RATE)
    batch = min(max(len(training) // 32, 8), 128)
    kept = min(len(validation), 2_000)
    judged = shown(validation[np.arange(kept) * len(validation) // kept])
    best, best_epoch, state = math.inf, 0, None
    for epoch in range(1, epochs + 1):
        for places in torch.randperm(len(training)).split(batch):
            optimiser.zero_grad()
            loss = network.loss(shown(training[places.numpy()]), True)
            loss.backward()
            optimiser.step()
        with torch.no_grad():
            found = float(network.loss(judged, False))
        if found < best * (1.0 - BETTER):
            best, best_epoch = found, epoch
            state = {name: weight.clone() for name, weight in network.state_dict().items()}
        elif epoch - best_epoch >= PATIENCE:
            break
    network.load_state_dict(state)
    return network, epoch
