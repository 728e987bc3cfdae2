"""Ordinary, correct numerics in PyTorch: nothing here may be flagged."""

import math

import torch
import torch.nn as nn
import torch.nn.functional as F


def softmax_shifted(z):
    e = torch.exp(z - z.max(dim=-1, keepdim=True).values)
    return e / e.sum(dim=-1, keepdim=True)


def softmax_shifted_pair(z):
    top, _ = torch.max(z, dim=1, keepdim=True)
    e = (z - top).exp()
    return e / e.sum(1, keepdim=True)


def softmax_amax(z):
    z = z - z.amax(-1, keepdim=True).detach()
    return z.exp() / z.exp().sum(-1, keepdim=True)


def masked_softmax(scores, mask):
    scores = scores.masked_fill(mask == 0, torch.finfo(scores.dtype).min)
    return F.softmax(scores, dim=-1)


def attention(q, k, v):
    scores = q @ k.transpose(-2, -1) / math.sqrt(q.size(-1))
    return torch.softmax(scores, dim=-1) @ v


def log_sum_exp(x):
    top = x.max(dim=1, keepdim=True)[0]
    return top.squeeze(1) + torch.log(torch.sum(torch.exp(x - top), dim=1))


def focal(logits, target, gamma=2.0):
    ce = F.binary_cross_entropy_with_logits(logits, target, reduction="none")
    p_t = torch.exp(-ce)
    return ((1 - p_t) ** gamma * ce).mean()


def dice(p, target, eps=1e-6):
    inter = (p * target).sum()
    return 1 - (2 * inter + eps) / (p.sum() + target.sum() + eps)


def kl_gaussian(mu, logvar):
    return -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp().clamp(max=1e6))


def reparameterize(mu, logvar):
    std = torch.exp(0.5 * logvar.clamp(-20, 20))
    return mu + std * torch.randn_like(std)


def distance_with_eps(a, b, eps=1e-8):
    return torch.sqrt(((a - b) ** 2).sum(-1) + eps)


def contrastive(a, b, label, margin=1.0):
    d = F.pairwise_distance(a, b)
    return (label * d.pow(2) + (1 - label) * F.relu(margin - d).pow(2)).mean()


def info_nce(q, k, temperature=0.07):
    q, k = F.normalize(q, dim=1), F.normalize(k, dim=1)
    logits = q @ k.t() / temperature
    return F.cross_entropy(logits, torch.arange(len(q)))


def gradient_penalty(critic, x):
    g = torch.autograd.grad(critic(x).sum(), x, create_graph=True)[0]
    norm = torch.sqrt(g.flatten(1).pow(2).sum(1) + 1e-12)
    return ((norm - 1) ** 2).mean()


def masked_average(x, mask):
    mask = mask.float()
    return (x * mask).sum() / mask.sum().clamp(min=1)


def safe_log(x, eps=1e-6):
    return torch.log(x.clamp(min=eps))


def rms_norm(x, weight, eps=1e-6):
    return weight * x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + eps)


def layer_norm(x, eps=1e-5):
    mean = x.mean(-1, keepdim=True)
    var = x.var(-1, keepdim=True, unbiased=False)
    return (x - mean) / torch.sqrt(var + eps)


@torch.no_grad()
def lars_step(p, lr=0.1, trust=1e-3, weight_decay=1e-4):
    w, g = p.norm(), p.grad.norm()
    if w > 0 and g > 0:
        lr = lr * trust * w / (g + weight_decay * w + 1e-8)
    p.add_(p.grad, alpha=-float(lr))


@torch.no_grad()
def accuracy(logits, target):
    return (logits.argmax(1) == target).float().mean().item()


def ppo(log_prob, old_log_prob, advantage):
    advantage = (advantage - advantage.mean()) / (advantage.std() + 1e-8)
    ratio = torch.exp((log_prob - old_log_prob).clamp(-20, 20))
    clipped = ratio.clamp(0.8, 1.2)
    return -torch.min(ratio * advantage, clipped * advantage).mean()


def double_where(x):
    safe = torch.where(x > 0, x, torch.ones_like(x))
    return torch.where(x > 0, torch.sqrt(safe), torch.zeros_like(x))


def gelu(x):
    return 0.5 * x * (1.0 + torch.tanh(math.sqrt(2.0 / math.pi) * (x + 0.044715 * x**3)))


def gelu_erf(x):
    return x * 0.5 * (1.0 + torch.erf(x / math.sqrt(2.0)))


def inverse_temperature(parameter):
    return parameter.clamp(max=math.log(100)).exp()


def rotary(dim, length, base=10000.0):
    frequency = 1.0 / (base ** (torch.arange(0, dim, 2).float() / dim))
    return torch.outer(torch.arange(length).float(), frequency)


def beta_schedule(steps):
    t = torch.linspace(0, steps, steps + 1) / steps
    bar = torch.cos((t + 0.008) / 1.008 * math.pi * 0.5) ** 2
    return torch.clip(1 - bar[1:] / bar[:-1], 0.0001, 0.9999)


def noise(x, alpha_bar, t):
    a = alpha_bar[t].view(-1, 1, 1, 1)
    e = torch.randn_like(x)
    return a.sqrt() * x + (1 - a).sqrt() * e, e


def warmup_cosine(step, warmup, total):
    if step < warmup:
        return step / max(1, warmup)
    progress = (step - warmup) / max(1, total - warmup)
    return 0.5 * (1.0 + math.cos(math.pi * progress))


def gumbel(shape):
    u = torch.rand(shape).clamp(1e-6, 1 - 1e-6)
    return -torch.log(-torch.log(u))


def soft_update(target, online, tau=0.005):
    for t, o in zip(target.parameters(), online.parameters(), strict=True):
        t.data.copy_(tau * o.data + (1.0 - tau) * t.data)


def train(model, loader, optimizer, epochs):
    criterion = nn.CrossEntropyLoss()
    total = 0.0
    for _ in range(epochs):
        for x, y in loader:
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            total += loss.item()
    return total


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(10, 32), nn.ReLU(), nn.Linear(32, 3))
        self.loss = nn.CrossEntropyLoss()

    def forward(self, x, y=None):
        logits = self.body(x)
        if y is None:
            return F.softmax(logits, dim=-1)
        return self.loss(logits, y)


class Policy(nn.Module):
    def __init__(self):
        super().__init__()
        self.mean = nn.Linear(8, 2)
        self.log_std = nn.Linear(8, 2)

    def forward(self, x):
        log_std = torch.clamp(self.log_std(x), -20, 2)
        return torch.distributions.Normal(self.mean(x), log_std.exp())


class Scaled(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, factor):
        ctx.factor = factor
        return x * factor

    @staticmethod
    def backward(ctx, upstream):
        return upstream * ctx.factor, None


def check(f):
    x = torch.randn(3, 4, dtype=torch.float64, requires_grad=True)
    return torch.autograd.gradcheck(f, (x,), eps=1e-6, atol=1e-4)
