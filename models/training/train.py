"""Trains the scene detector on one CPU core and writes it as ONNX (opset 13) whenever it has become better.

    nice -n 19 /usr/bin/python3 models/training/train.py DATA CHECK OUT MINUTES [RATE [MODEL]]

DATA and CHECK are folders written by dataset.ts, with seeds of their own; DATA may still be growing. OUT gets
checkpoint.pt and model.onnx. A run that was interrupted goes on from its checkpoint; one that had ended is followed by
another, at a RATE of its own (2e-3 unless given). A first run begins with the weights of MODEL, a model.onnx that was
written here, or with none. Needs PyTorch 1.13 and onnx, nothing else; the running gateway needs neither.
"""
import glob
import json
import math
import os
import sys
import time

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import nn
from torch.nn import functional as F

LABELS = 5
WIDTH, HEIGHT, PICTURE_HEIGHT, PAD = 320, 192, 180, 114
STRIDES = (8, 16)
BATCH = 16


def conv(inputs, outputs, kernel=3, stride=1):
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)
    )


class Block(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.body = nn.Sequential(conv(channels, channels // 2, 1), conv(channels // 2, channels))

    def forward(self, x):
        return x + self.body(x)


class Detector(nn.Module):
    """Colors 0-255 in, [1, 4 + labels, cells] out: center and size in input pixels, then a score for each label."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(conv(3, 16, 3, 2), conv(16, 32, 3, 2), Block(32))
        self.third = nn.Sequential(conv(32, 64, 3, 2), Block(64), Block(64))
        self.fourth = nn.Sequential(conv(64, 96, 3, 2), Block(96), Block(96))
        self.fifth = nn.Sequential(conv(96, 128, 3, 2), Block(128), conv(128, 96, 1))
        self.merge4 = nn.Sequential(conv(96, 96), conv(96, 64, 1))
        self.lateral3 = conv(64, 64, 1)
        self.merge3 = conv(64, 64)
        self.heads = nn.ModuleList([conv(64, 64), conv(64, 96)])
        self.outputs = nn.ModuleList([nn.Conv2d(64, 4 + LABELS, 1), nn.Conv2d(96, 4 + LABELS, 1)])
        for output in self.outputs:
            nn.init.normal_(output.weight, std=0.01)
            nn.init.zeros_(output.bias)
            output.bias.data[4:] = -4.0
            output.bias.data[2:4] = 1.0
        centers, strides = [], []
        for stride in STRIDES:
            rows, columns = HEIGHT // stride, WIDTH // stride
            y, x = torch.meshgrid(torch.arange(rows), torch.arange(columns), indexing="ij")
            centers.append(torch.stack([x.flatten(), y.flatten()], 0).float() * stride + stride / 2)
            strides.append(torch.full((rows * columns,), float(stride)))
        self.register_buffer("centers", torch.cat(centers, 1), persistent=False)
        self.register_buffer("strides", torch.cat(strides), persistent=False)

    def forward(self, x):
        x = (x - 114.0) * (1 / 60.0)
        third = self.third(self.stem(x))
        fourth = self.fourth(third)
        fifth = self.fifth(fourth)
        fourth = self.merge4(fourth + F.interpolate(fifth, scale_factor=2.0, mode="nearest"))
        third = self.merge3(self.lateral3(third) + F.interpolate(fourth, scale_factor=2.0, mode="nearest"))
        raw = torch.cat([
            output(head(level)).flatten(2) for level, head, output in zip((third, fourth), self.heads, self.outputs)
        ], 2)
        center = raw[:, :2] * self.strides + self.centers
        size = torch.exp(raw[:, 2:4].clamp(-4, 4)) * self.strides
        return torch.cat([center, size, raw[:, 4:]], 1)


class Exported(nn.Module):
    def __init__(self, detector):
        super().__init__()
        self.detector = detector

    def forward(self, x):
        values = self.detector(x)
        return torch.cat([values[:, :4], torch.sigmoid(values[:, 4:])], 1)


def module_path(output):
    """`/detector/stem/stem.2/body/body.0/body.0.0/Conv_output_0` of an exported graph is the module stem.2.body.0.0."""
    parts = []
    for scope in output.split("/")[2:-1]:
        if parts and scope.startswith(parts[-1] + "."):
            parts[-1] = scope
        else:
            parts.append(scope)
    return ".".join(parts)


def load_exported(detector, file):
    """The export folded each normalization into its convolution; here it becomes one that changes nothing but the bias."""
    graph = onnx.load(file).graph
    values = {tensor.name: torch.from_numpy(numpy_helper.to_array(tensor).copy()) for tensor in graph.initializer}
    modules = dict(detector.named_modules())
    with torch.no_grad():
        for node in graph.node:
            if node.op_type != "Conv":
                continue
            path = module_path(node.output[0])
            weight, bias = (values[name] for name in node.input[1:])
            modules[path].weight.copy_(weight)
            if modules[path].bias is not None:
                modules[path].bias.copy_(bias)
                continue
            normalization = modules[path[:-1] + "1"]
            normalization.running_mean.zero_()
            normalization.running_var.fill_(1 - normalization.eps)
            normalization.weight.fill_(1)
            normalization.bias.copy_(bias)


def calibrate(detector, batches):
    """Gives each normalization the mean and variance that `batches` have there, without a change to any output."""
    sums = {}

    def watch(normalization, inputs, _):
        values = inputs[0].double()
        total, squares, count = sums.get(normalization, (0, 0, 0))
        sums[normalization] = (
            total + values.sum((0, 2, 3)), squares + (values ** 2).sum((0, 2, 3)), count + values[:, 0].numel()
        )

    normalizations = [module for module in detector.modules() if isinstance(module, nn.BatchNorm2d)]
    hooks = [normalization.register_forward_hook(watch) for normalization in normalizations]
    detector.eval()
    with torch.no_grad():
        for batch in batches:
            detector(batch)
        for normalization, hook in zip(normalizations, hooks):
            hook.remove()
            total, squares, count = sums[normalization]
            mean = total / count
            variance = squares / count - mean ** 2
            normalization.running_mean.copy_(mean)
            normalization.running_var.copy_(variance)
            normalization.weight.copy_((variance + normalization.eps).sqrt())
            normalization.bias.add_(mean)
    detector.train()


class Dataset:
    """Pictures stay on disk until they are there; call `refresh` for those written since."""

    def __init__(self, folder):
        self.folder, self.known, self.pictures, self.truth = folder, set(), [], []

    def refresh(self):
        for file in sorted(glob.glob(os.path.join(self.folder, "*.json"))):
            if file in self.known:
                continue
            self.known.add(file)
            with open(file, encoding="utf8") as source:
                truth = json.load(source)
            pixels = np.fromfile(file[:-5] + ".rgb", np.uint8).reshape(len(truth), PICTURE_HEIGHT, WIDTH, 3)
            self.pictures.extend(pixels)
            for boxes in truth:
                rows = np.array(boxes, np.float32).reshape(-1, 6)
                rows[:, [1, 3]] *= WIDTH
                rows[:, [2, 4]] *= PICTURE_HEIGHT
                rows[:, 1:3] += rows[:, 3:5] / 2
                self.truth.append(rows)
        return len(self.pictures)


def shift(picture, boxes, random):
    """What stands still in all pictures of a seed is seen at another place of the grid; the edge is drawn out."""
    right, down = int(random.integers(-12, 13)), int(random.integers(-6, 7))
    rows = np.clip(np.arange(PICTURE_HEIGHT) - down, 0, PICTURE_HEIGHT - 1)
    columns = np.clip(np.arange(WIDTH) - right, 0, WIDTH - 1)
    left, top = boxes[:, 1] - boxes[:, 3] / 2 + right, boxes[:, 2] - boxes[:, 4] / 2 + down
    area = boxes[:, 3] * boxes[:, 4]
    x = np.clip(np.stack([left, left + boxes[:, 3]]), 0, WIDTH)
    y = np.clip(np.stack([top, top + boxes[:, 4]]), 0, PICTURE_HEIGHT)
    boxes = np.stack([boxes[:, 0], x.mean(0), y.mean(0), x[1] - x[0], y[1] - y[0], boxes[:, 5]], 1)
    boxes[:, 5] *= boxes[:, 3] * boxes[:, 4] / area
    return picture[rows][:, columns], boxes[boxes[:, 5] > 0]


def batch_of(data, indices, augment, random):
    """Label, center x and y, width, height, visible part; the picture stands at the top left of a gray input."""
    count = len(indices)
    inputs = np.full((count, 3, HEIGHT, WIDTH), PAD, np.float32)
    truth = []
    for at, index in enumerate(indices):
        picture, boxes = data.pictures[index], data.truth[index]
        if augment:
            boxes = boxes.copy()
            picture = picture.astype(np.float32)
            if random.random() < 0.5:
                picture = picture[:, ::-1]
                boxes[:, 1] = WIDTH - boxes[:, 1]
            picture, boxes = shift(picture, boxes, random)
            picture = np.clip((picture - 110) * random.uniform(0.8, 1.2) + 110 + random.uniform(-18, 18), 0, 255)
            if random.random() < 0.3:
                picture = np.clip(picture * random.uniform(0.9, 1.1, (1, 1, 3)), 0, 255)
        inputs[at, :, :PICTURE_HEIGHT] = picture.transpose(2, 0, 1)
        truth.append(torch.from_numpy(boxes))
    return torch.from_numpy(inputs), truth


def assign(truth, centers, strides):
    """For one picture: the object of each cell (or -1), and the cells whose objects are too hidden to judge."""
    cells = strides.numel()
    target = torch.full((cells,), -1, dtype=torch.long)
    ignored = torch.zeros(cells, dtype=torch.bool)
    if len(truth) == 0:
        return target, ignored
    dx = (centers[0][None] - truth[:, 1, None]).abs()
    dy = (centers[1][None] - truth[:, 2, None]).abs()
    small = (truth[:, 3, None] < 3) | (truth[:, 4, None] < 5)
    hidden = (truth[:, 5, None] < 0.4) | small
    inside = (dx < truth[:, 3, None] / 2 + 2) & (dy < truth[:, 4, None] / 2 + 2)
    ignored = (inside & hidden).any(0)
    largest = truth[:, 3:5].max(1).values[:, None]
    level = torch.where(strides[None] == STRIDES[0], largest < 56, largest > 36)
    near = (dx < strides[None]) & (dy < strides[None]) & level & ~hidden
    distance = (dx ** 2 + dy ** 2).masked_fill(~near, math.inf)
    best, which = distance.min(0)
    target[best < math.inf] = which[best < math.inf]
    return target, ignored


def giou_and_iou(a, b):
    left, right = torch.max(a[0] - a[2] / 2, b[0] - b[2] / 2), torch.min(a[0] + a[2] / 2, b[0] + b[2] / 2)
    top, bottom = torch.max(a[1] - a[3] / 2, b[1] - b[3] / 2), torch.min(a[1] + a[3] / 2, b[1] + b[3] / 2)
    both = (right - left).clamp(min=0) * (bottom - top).clamp(min=0)
    union = a[2] * a[3] + b[2] * b[3] - both
    iou = both / union
    width = torch.max(a[0] + a[2] / 2, b[0] + b[2] / 2) - torch.min(a[0] - a[2] / 2, b[0] - b[2] / 2)
    height = torch.max(a[1] + a[3] / 2, b[1] + b[3] / 2) - torch.min(a[1] - a[3] / 2, b[1] - b[3] / 2)
    hull = width * height
    return iou - (hull - union) / hull, iou


def loss_of(model, outputs, truth):
    scores_of, quality, weight, boxes, wanted = [], [], [], [], []
    positives = 0
    for output, objects in zip(outputs, truth):
        target, ignored = assign(objects, model.centers, model.strides)
        positive = target >= 0
        logits = output[4:]
        goal = torch.zeros_like(logits)
        if positive.any():
            chosen = objects[target[positive]]
            predicted = output[:4, positive]
            boxes.append(predicted)
            wanted.append(chosen[:, 1:5].T)
            with torch.no_grad():
                iou = giou_and_iou(predicted, chosen[:, 1:5].T)[1]
            goal[chosen[:, 0].long(), positive.nonzero()[:, 0]] = iou.clamp(min=0.1)
            positives += int(positive.sum())
        with torch.no_grad():
            factor = torch.where(goal > 0, torch.ones_like(goal), 0.75 * torch.sigmoid(logits) ** 2)
            factor[:, ignored & ~positive] = 0
        scores_of.append(logits)
        quality.append(goal)
        weight.append(factor)
    logits, goal, factor = torch.stack(scores_of), torch.stack(quality), torch.stack(weight)
    norm = max(1, positives)
    classes = (F.binary_cross_entropy_with_logits(logits, goal, reduction="none") * factor).sum() / norm
    if positives == 0:
        return classes, 0.0
    a, b = torch.cat(boxes, 1), torch.cat(wanted, 1)
    giou, iou = giou_and_iou(a, b)
    near = F.smooth_l1_loss((a[:2] - b[:2]) / b[2:].clamp(min=8), torch.zeros_like(a[:2]), beta=0.1)
    return classes + 3 * (1 - giou).mean() + near, float(iou.mean())


def boxes_of(output, threshold):
    scores, label = torch.sigmoid(output[4:]).max(0)
    kept = []
    for index in scores.argsort(descending=True)[:300].tolist():
        if scores[index] < threshold:
            break
        box = output[:4, index]
        if not any(l == label[index] and giou_and_iou(box, o)[1] > 0.5 for l, o, _ in kept):
            kept.append((label[index], box, float(scores[index])))
    return kept


def judge(model, data, thresholds=(0.3, 0.4, 0.5)):
    model.eval()
    tallies = {threshold: [0, 0, 0] for threshold in thresholds}
    with torch.no_grad():
        for start in range(0, len(data.pictures), BATCH):
            inputs, truth = batch_of(data, range(start, min(start + BATCH, len(data.pictures))), False, None)
            for output, objects in zip(model(inputs), truth):
                found = boxes_of(output, min(thresholds))
                demanded = (objects[:, 5] >= 0.5) & (objects[:, 3] >= 4) & (objects[:, 4] >= 6)
                for threshold in thresholds:
                    taken = set()
                    for label, box, score in found:
                        if score < threshold:
                            continue
                        best, which = 0.5, None
                        for index, thing in enumerate(objects):
                            if index in taken or int(thing[0]) != int(label):
                                continue
                            iou = float(giou_and_iou(box, thing[1:5])[1])
                            if iou >= best:
                                best, which = iou, index
                        if which is None:
                            tallies[threshold][1] += 1
                        else:
                            taken.add(which)
                            tallies[threshold][0] += int(demanded[which])
                    tallies[threshold][2] += sum(1 for i in range(len(objects)) if demanded[i] and i not in taken)
    model.train()
    return {t: (hit / max(1, hit + wrong), hit / max(1, hit + missed)) for t, (hit, wrong, missed) in tallies.items()}


def export(model, file):
    model.eval()
    torch.onnx.export(
        Exported(model), torch.zeros(1, 3, HEIGHT, WIDTH), file + ".partial", opset_version=13,
        input_names=["images"], output_names=["output"], do_constant_folding=True,
    )
    os.replace(file + ".partial", file)


def main():
    data_folder, check_folder, out, minutes = sys.argv[1:5]
    budget = float(minutes) * 60
    peak = float(sys.argv[5]) if len(sys.argv) > 5 else 2e-3
    os.makedirs(out, exist_ok=True)
    torch.set_num_threads(1)
    torch.manual_seed(1)
    random = np.random.default_rng(1)
    data, check = Dataset(data_folder), Dataset(check_folder)
    model = Detector()
    mean = Detector()
    mean.load_state_dict(model.state_dict())
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.02)
    done, spent, best = 0, 0.0, 0.0
    checkpoint = os.path.join(out, "checkpoint.pt")
    if os.path.exists(checkpoint):
        saved = torch.load(checkpoint)
        model.load_state_dict(saved["model"])
        mean.load_state_dict(saved["mean"])
        optimizer.load_state_dict(saved["optimizer"])
        done, spent, best = saved["done"], saved["spent"], saved["best"]
        if spent >= saved["budget"]:
            spent = 0.0
    elif len(sys.argv) > 6:
        load_exported(model, sys.argv[6])
        some = random.permutation(data.refresh())[:16 * BATCH].tolist()
        calibrate(model, [batch_of(data, some[at:at + BATCH], False, None)[0] for at in range(0, len(some), BATCH)])
        mean.load_state_dict(model.state_dict())
    print(sum(p.numel() for p in model.parameters()), "parameters", flush=True)
    order, last, saved_at = [], time.monotonic(), time.monotonic()
    losses, ious = [], []
    while True:
        if len(order) < BATCH:
            order = random.permutation(data.refresh()).tolist()
        indices, order = order[:BATCH], order[BATCH:]
        inputs, truth = batch_of(data, indices, True, random)
        part = min(1.0, spent / budget)
        rate = peak * min(1.0, (done + 1) / 150) * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * part)))
        for group in optimizer.param_groups:
            group["lr"] = rate
        loss, iou = loss_of(model, model(inputs), truth)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        optimizer.step()
        done += 1
        keep = min(0.995, (1 + done) / (20 + done))
        with torch.no_grad():
            for ours, theirs in zip(mean.state_dict().values(), model.state_dict().values()):
                if ours.dtype.is_floating_point:
                    ours.mul_(keep).add_(theirs, alpha=1 - keep)
                else:
                    ours.copy_(theirs)
        losses.append(float(loss))
        ious.append(iou)
        now = time.monotonic()
        spent += now - last
        last = now
        if done % 50 == 0:
            print(f"{spent:6.0f} s  step {done}  of {len(data.pictures)}  loss {np.mean(losses[-50:]):.3f}  iou {np.mean(ious[-50:]):.3f}", flush=True)
        over = spent >= budget
        if over or now - saved_at > 480:
            check.refresh()
            results = judge(mean, check)
            print(f"{spent:6.0f} s  " + "  ".join(f"@{t}: precision {p:.3f} recall {r:.3f}" for t, (p, r) in results.items()), flush=True)
            quality = max(min(pair) for pair in results.values())
            if quality >= best:
                best = quality
                export(mean, os.path.join(out, "model.onnx"))
            torch.save({"model": model.state_dict(), "mean": mean.state_dict(), "optimizer": optimizer.state_dict(),
                        "done": done, "spent": spent, "budget": budget, "best": best}, checkpoint + ".partial")
            os.replace(checkpoint + ".partial", checkpoint)
            saved_at = last = time.monotonic()
        if over:
            return


if __name__ == "__main__":
    main()
