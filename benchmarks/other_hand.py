"""Outlined copies of another hand: breasts, outlines and what viewers leave, drawn by Pillow and NumPy alone.

Shares no code with the package: neither with its phantom nor with what reads outlines. Fonts are those of matplotlib.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import matplotlib as mpl
import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

REDS = ((255, 0, 0), (237, 28, 36), (200, 0, 0), (255, 0, 48), (235, 50, 30), (252, 2, 2))
BLUES = ((0, 0, 255), (0, 54, 255), (30, 80, 230), (0, 112, 192), (63, 72, 204), (20, 20, 180))
OTHERS = ((255, 255, 0), (0, 255, 255), (255, 255, 255), (255, 0, 255), (255, 165, 0), (0, 200, 0), (120, 255, 120))
FONTS = sorted(p for p in (Path(mpl.get_data_path()) / "fonts" / "ttf").glob("*.ttf") if p.stem[:4] in {"Deja", "STIX"})
FONTS = [p for p in FONTS if "Siz" not in p.stem and "Non" not in p.stem and "Display" not in p.stem]
WORDS = (
    "MLO", "R CC", "Calc", "mass?", "12.4 mm", "BI-RADS 4", "2", "A", "bop", "08", "?", "cyst", "oo", "14:32", "0",
    "IMG 0081", "L", "R", "Area 1.3 cm2", "no change", "o", "D", "Q", "88", "Rad. B. Ode", "100%", "B/4", "4",
)  # fmt: skip
Painter = Callable[[ImageDraw.ImageDraw, float], None]
_ROWS = 794  # Sizes below are in pixels of a copy of so many rows.


@dataclass(frozen=True)
class Thing:
    """One thing beside the outlines: what it is, its colour, and its box (top, left, bottom, right) in the copy."""

    kind: str
    color: tuple[int, int, int]
    box: tuple[int, int, int, int]


@dataclass(frozen=True, kw_only=True, eq=False)
class Picture:
    """One mammogram (pixels, mm a pixel), its copy as stored, and the truth."""

    pixels: np.ndarray = field(repr=False)
    spacing_mm: float
    stored: bytes = field(repr=False)
    contours: tuple[np.ndarray, ...] = field(repr=False)  # (row, col) of the mammogram, shape (n, 2).
    inks: tuple[str, ...]  # "red" or "blue", one a contour.
    things: tuple[Thing, ...]
    pen: str  # Width, edge and storage in words.


class Page:
    """A copy that is drawn on: places that are taken stay free of what comes later."""

    def __init__(self, grey: np.ndarray, rng: np.random.Generator) -> None:
        self.rgb = Image.fromarray(np.repeat(grey[..., None], 3, axis=2))
        self.grey, self.rng, self.unit = grey, rng, grey.shape[0] / _ROWS
        self.taken: list[tuple[float, float, float, float]] = []
        self.things: list[Thing] = []

    def place(self, size: tuple[int, int], *, tissue: bool | None) -> tuple[int, int] | None:
        """Free upper left corner for something of (cols, rows); None where none was found."""
        for _ in range(80):
            left = int(self.rng.integers(2, max(3, self.grey.shape[1] - size[0] - 2)))
            top = int(self.rng.integers(2, max(3, self.grey.shape[0] - size[1] - 2)))
            box = (top, left, top + size[1], left + size[0])
            if box[2] >= self.grey.shape[0] or box[3] >= self.grey.shape[1]:
                return None
            lit = float((self.grey[box[0] : box[2], box[1] : box[3]] > 25).mean())
            if tissue is not None and (lit < 0.6 if tissue else lit > 0.05):
                continue
            room = 6 * self.unit
            if all(
                box[2] + room < t or box[0] - room > b or box[3] + room < left_ or box[1] - room > r
                for t, left_, b, r in self.taken
            ):
                return top, left
        return None

    def put(
        self, kind: str, layers: list[tuple[Image.Image, tuple[int, int, int]]], *, tissue: bool | None, strength: float
    ) -> None:
        """Lay masks of one size, each in its colour, at a free place."""
        spot = self.place(layers[0][0].size, tissue=tissue)
        if spot is None:
            return
        for mask, color in layers:
            faded = mask.point([round(strength * v) for v in range(256)])
            self.rgb.paste(color, (spot[1], spot[0]), faded)
        cols, rows = layers[0][0].size
        box = (spot[0], spot[1], spot[0] + rows, spot[1] + cols)
        self.taken.append(box)
        self.things.append(Thing(kind, layers[-1][1], box))


def canvas(
    size: tuple[float, float], paint: Callable[[ImageDraw.ImageDraw, float], None], *, hard: bool
) -> Image.Image:
    """A mask of (cols, rows), painted hard-edged, or four times finer and averaged."""
    zoom = 1 if hard else 4
    cols, rows = (max(3, round(v)) for v in size)
    page = Image.new("L", (zoom * cols, zoom * rows), 0)
    paint(ImageDraw.Draw(page), zoom)
    return page if hard else page.resize((cols, rows), Image.Resampling.BOX)


def letters(rng: np.random.Generator, text: str, height: float) -> Image.Image:
    """A line of text as a mask, in any of the fonts."""
    font = ImageFont.truetype(str(FONTS[int(rng.integers(len(FONTS)))]), max(7, round(height)))
    left, top, right, bottom = font.getbbox(text)
    mask = Image.new("L", (int(right - left) + 4, int(bottom - top) + 4), 0)
    ImageDraw.Draw(mask).text((2 - left, 2 - top), text, fill=255, font=font)
    return mask.point([255 * (v > 127) for v in range(256)]) if rng.random() < 0.3 else mask


def ink(rng: np.random.Generator) -> tuple[int, int, int]:
    """A colour: more often than not one that a pen has too."""
    source = (REDS, BLUES, OTHERS)[int(rng.choice(3, p=(0.35, 0.25, 0.4)))]
    return source[int(rng.integers(len(source)))]


def word(page: Page) -> None:
    """A word in any colour, perhaps on a plain plate."""
    rng = page.rng
    text = WORDS[int(rng.integers(len(WORDS)))]
    mask = letters(rng, text, rng.uniform(11, 36) * page.unit)
    layers = [(mask, ink(rng))]
    if rng.random() < 0.15:
        layers.insert(0, (Image.new("L", mask.size, 255), ((255, 255, 255), (0, 0, 0))[int(rng.integers(2))]))
    page.put("word", layers, tissue=None, strength=1.0)


def lines(page: Page) -> None:
    """Several lines of text, one under the other."""
    rng, height, color = page.rng, page.rng.uniform(10, 20) * page.unit, ink(page.rng)
    masks = [letters(rng, WORDS[int(k)], height) for k in rng.integers(len(WORDS), size=int(rng.integers(2, 5)))]
    whole = Image.new("L", (max(m.size[0] for m in masks), sum(m.size[1] + 4 for m in masks)), 0)
    top = 0
    for mask in masks:
        whole.paste(mask, (0, top))
        top += mask.size[1] + 4
    page.put("lines", [(whole, color)], tissue=None, strength=1.0)


def arrow(page: Page) -> None:
    """A shaft with an open or a filled head."""
    rng, unit = page.rng, page.unit
    length, turn, width = rng.uniform(25, 90) * unit, rng.uniform(0, 2 * np.pi), rng.uniform(1, 4) * unit
    head, filled = rng.uniform(0.2, 0.4) * length, rng.random() < 0.5
    along, across = np.array([np.cos(turn), np.sin(turn)]), np.array([-np.sin(turn), np.cos(turn)])
    tip, barb = length * along, 0.45 * head * across
    points = np.array([0 * along, tip, tip - head * along + barb, tip - head * along - barb])
    points = points - points.min(axis=0) + width + 2
    size = tuple(points.max(axis=0) + width + 2)

    def paint(draw: ImageDraw.ImageDraw, zoom: float) -> None:
        at = [tuple(zoom * p) for p in points]
        pen = max(1, round(zoom * width))
        draw.line([at[0], at[1]], fill=255, width=pen)
        if filled:
            draw.polygon(at[1:], fill=255)
        else:
            draw.line([at[2], at[1], at[3]], fill=255, width=pen, joint="curve")

    page.put("arrow", [(canvas(size, paint, hard=rng.random() < 0.4), ink(rng))], tissue=None, strength=1.0)


def crosshair(page: Page) -> None:
    """Four arms that meet, or stop short of their middle."""
    rng, unit = page.rng, page.unit
    reach, width, gap = rng.uniform(8, 30) * unit, rng.uniform(1, 3) * unit, rng.random() < 0.5

    def paint(draw: ImageDraw.ImageDraw, zoom: float) -> None:
        middle, pen = zoom * (reach + 2), max(1, round(zoom * width))
        free = 0.3 * reach * zoom if gap else 0
        for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            ends = [(middle + dx * r, middle + dy * r) for r in (free, zoom * reach)]
            draw.line(ends, fill=255, width=pen)

    mask = canvas((2 * reach + 4, 2 * reach + 4), paint, hard=rng.random() < 0.4)
    page.put("crosshair", [(mask, ink(rng))], tissue=None, strength=1.0)


def circle(page: Page) -> None:
    """A circle around nothing: on tissue in a colour that is none of a pen, in the air in any."""
    rng, unit = page.rng, page.unit
    radius, width, on_tissue = rng.uniform(10, 40) * unit, rng.uniform(1, 4) * unit, bool(rng.random() < 0.5)
    color = OTHERS[int(rng.integers(4))] if on_tissue else ink(rng)

    def paint(draw: ImageDraw.ImageDraw, zoom: float) -> None:
        end = zoom * (2 * radius + 2)
        draw.ellipse((2 * zoom, 2 * zoom, end, end), outline=255, width=max(1, round(zoom * width)))

    mask = canvas((2 * radius + 5, 2 * radius + 5), paint, hard=rng.random() < 0.4)
    page.put("circle", [(mask, color)], tissue=on_tissue, strength=1.0)


def caliper(page: Page) -> None:
    """Two crosses, a dotted line between them, and what it measures."""
    rng, unit = page.rng, page.unit
    text = letters(rng, f"{rng.uniform(3, 60):.1f} mm", rng.uniform(11, 20) * unit)
    length, turn, reach = rng.uniform(30, 110) * unit, rng.uniform(-1.2, 1.2), 5 * unit
    along = length * np.array([np.cos(turn), np.sin(turn)])
    ends = np.array([(0.0, 0.0), along])
    ends = ends - ends.min(axis=0) + reach + 2
    size = ends.max(axis=0) + reach + 3
    whole = np.array([max(size[0], text.size[0]), size[1] + text.size[1] + 4])

    def paint(draw: ImageDraw.ImageDraw, zoom: float) -> None:
        pen = max(1, round(zoom * 1.3 * unit))
        for x, y in zoom * ends:
            draw.line([(x - zoom * reach, y), (x + zoom * reach, y)], fill=255, width=pen)
            draw.line([(x, y - zoom * reach), (x, y + zoom * reach)], fill=255, width=pen)
        steps = max(2, int(length / (6 * unit)))
        for k in range(1, steps):
            x, y = zoom * (ends[0] + (ends[1] - ends[0]) * k / steps)
            half = zoom * 0.9 * unit
            draw.ellipse((x - half, y - half, x + half, y + half), fill=255)

    mask = canvas(tuple(whole), paint, hard=rng.random() < 0.4)
    mask.paste(text, (0, mask.size[1] - text.size[1]))
    page.put("caliper", [(mask, ink(rng))], tissue=None, strength=1.0)


def scale_bar(page: Page) -> None:
    """A bar with ends, or a ruler with small and large ticks, upright or level, and its length in words."""
    rng, unit = page.rng, page.unit
    length, upright, ticked = rng.uniform(80, 330) * unit, bool(rng.random() < 0.5), bool(rng.random() < 0.6)
    reach, width, steps = rng.uniform(4, 10) * unit, rng.uniform(1, 2.5) * unit, int(rng.integers(4, 16))

    def paint(draw: ImageDraw.ImageDraw, zoom: float) -> None:
        pen, base = max(1, round(zoom * width)), zoom * (2 * reach + 2)
        for k in range(steps + 1) if ticked else (0, steps):
            at = zoom * (width + 2 + k * length / steps)
            tick = zoom * reach * (1.8 if k % 5 == 0 else 1)
            ends = [(base, at), (base - tick, at)]
            draw.line([(y, x) for x, y in ends] if not upright else ends, fill=255, width=pen)
        ends = [(base, zoom * (width + 2)), (base, zoom * (width + 2 + length))]
        draw.line([(y, x) for x, y in ends] if not upright else ends, fill=255, width=pen)

    side = (2 * reach + width + 4, length + 2 * width + 5)
    mask = canvas(side if upright else side[::-1], paint, hard=rng.random() < 0.5)
    text = letters(rng, f"{int(rng.integers(1, 11))} cm", rng.uniform(10, 18) * unit)
    room = (mask.size[0] + text.size[0], mask.size[1]) if upright else (mask.size[0], mask.size[1] + text.size[1])
    whole = Image.new("L", (max(room[0], text.size[0]), max(room[1], text.size[1])), 0)
    whole.paste(mask, (0, 0))
    whole.paste(text, (mask.size[0], mask.size[1] // 3) if upright else (mask.size[0] // 3, mask.size[1]))
    page.put("scale bar", [(whole, ink(rng))], tissue=None, strength=1.0)


def badge(page: Page) -> None:
    """L/R and view in a rounded frame, or a rounded sticker with words on it, perhaps translucent."""
    rng, unit = page.rng, page.unit
    sticker = bool(rng.random() < 0.5)
    text = letters(rng, ("L CC", "R MLO", "R", "L", "RCC", "PRIOR", "Biopsy 12/04")[int(rng.integers(7))],
                   rng.uniform(14, 32) * unit)  # fmt: skip
    edge, width, curve = rng.uniform(4, 9) * unit, rng.uniform(1, 3) * unit, rng.uniform(0, 10) * unit
    size = text.size[0] + 2 * edge, text.size[1] + 2 * edge

    def paint(draw: ImageDraw.ImageDraw, zoom: float) -> None:
        box, round_ = (0, 0, zoom * round(size[0]) - 1, zoom * round(size[1]) - 1), zoom * curve
        if sticker:
            draw.rounded_rectangle(box, round_, fill=255)
        else:
            draw.rounded_rectangle(box, round_, outline=255, width=max(1, round(zoom * width)))

    plate = canvas(size, paint, hard=rng.random() < 0.4)
    spelled = Image.new("L", plate.size, 0)
    spelled.paste(text, (round(edge), round(edge)))
    color = ink(rng)
    inside = ((255, 255, 255), (0, 0, 0), ink(rng))[int(rng.integers(3))] if sticker else color
    strength = 1.0 if rng.random() < 0.7 else rng.uniform(0.4, 0.9)
    page.put("sticker" if sticker else "badge", [(plate, color), (spelled, inside)], tissue=None, strength=strength)


def dots(page: Page) -> None:
    """Filled dots of one pen on tissue."""
    rng, color = page.rng, (REDS, BLUES)[int(page.rng.integers(2))][int(page.rng.integers(6))]
    for _ in range(int(rng.integers(1, 14))):
        radius = rng.uniform(0.7, 6) * page.unit

        def paint(draw: ImageDraw.ImageDraw, zoom: float, radius: float = radius) -> None:
            end = zoom * (2 * radius + 2)
            draw.ellipse((2 * zoom, 2 * zoom, end, end), fill=255)

        mask = canvas((2 * radius + 5, 2 * radius + 5), paint, hard=rng.random() < 0.5)
        page.put("dot", [(mask, color)], tissue=True, strength=1.0)


def brush(page: Page) -> None:
    """A patch brushed by hand, black, grey or coloured."""
    rng, unit = page.rng, page.unit
    side, width = rng.uniform(40, 120) * unit, rng.uniform(12, 36) * unit
    course = rng.uniform(width / 2 + 2, side - width / 2, size=(int(rng.integers(3, 9)), 2)) * (1, 0.6)

    def paint(draw: ImageDraw.ImageDraw, zoom: float) -> None:
        at = [tuple(zoom * p) for p in course]
        draw.line(at, fill=255, width=round(zoom * width), joint="curve")
        for x, y in at:
            draw.ellipse(
                (x - zoom * width / 2, y - zoom * width / 2, x + zoom * width / 2, y + zoom * width / 2), fill=255
            )

    mask = canvas((side, 0.6 * side + width), paint, hard=rng.random() < 0.5)
    color = ((0, 0, 0), (70, 70, 70), ink(rng))[int(rng.integers(3))]
    page.put("brush", [(mask, color)], tissue=None, strength=1.0 if rng.random() < 0.7 else 0.6)


def selection(page: Page) -> None:
    """Corners or dashes of a rectangle that a viewer draws around what is selected."""
    rng, unit = page.rng, page.unit
    size, width = rng.uniform(30, 120, 2) * unit, rng.uniform(1, 2.5) * unit
    dashed = bool(rng.random() < 0.4)
    color = OTHERS[int(rng.integers(5))] if dashed else ink(rng)

    def paint(draw: ImageDraw.ImageDraw, zoom: float) -> None:
        pen, (x1, y1) = max(1, round(zoom * width)), zoom * (size - 3)
        corner, x0 = zoom * 0.25 * size.min(), 3 * zoom
        for x, y, dx, dy in ((x0, x0, 1, 1), (x1, x0, -1, 1), (x0, y1, 1, -1), (x1, y1, -1, -1)):
            draw.line([(x + dx * corner, y), (x, y), (x, y + dy * corner)], fill=255, width=pen)
        for k in np.arange(0.35, 0.7, 0.12) if dashed else ():
            for y in (x0, y1):
                draw.line([(k * x1, y), (k * x1 + 0.06 * x1, y)], fill=255, width=pen)

    page.put("selection", [(canvas(tuple(size), paint, hard=rng.random() < 0.5), color)], tissue=None, strength=1.0)


KINDS = (word, word, word, lines, arrow, crosshair, circle, caliper, scale_bar, badge, badge, dots, brush, selection)


def tissue(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    """A breast, 0..4095: noise whose spectrum falls as a power of the frequency, a curved skin line, a muscle."""
    small = (shape[0] // 3 + 1, shape[1] // 3 + 1)
    frequency = np.hypot(np.fft.fftfreq(small[0])[:, None], np.fft.rfftfreq(small[1])[None, :])
    noise = np.fft.irfft2(np.fft.rfft2(rng.standard_normal(small)) / np.maximum(frequency, 0.004) ** 1.5, s=small)
    noise = (noise - noise.mean()) / noise.std()
    y, x = np.linspace(-1, 1, small[0])[:, None], np.linspace(0, 1, small[1])[None, :]
    reach = rng.uniform(0.7, 0.95) * np.sqrt(np.maximum(1 - np.abs((y - rng.uniform(-0.1, 0.1)) / 0.93) ** 2.4, 0))
    depth = np.clip((reach - x) / 0.06, 0, 1)
    level = depth * (1500 + 620 * noise)
    if rng.random() < 0.5:
        level = np.where(x + 0.25 * (y + 1) < 0.32, level + 700, level)
    level = np.clip(level, 0, 4095) + 60
    fine = np.asarray(Image.fromarray(level.astype(np.float32)).resize(shape[::-1], Image.Resampling.BICUBIC))
    fine = fine + rng.standard_normal(shape).astype(np.float32) * 25
    return np.clip(fine[:, :: int(rng.choice((-1, 1)))], 0, 4095).astype(np.float32)


def shape_of_mass(rng: np.random.Generator, radius: float) -> np.ndarray:
    """A closed (row, col) course about the origin: a few corners, cut until they are round."""
    turns = np.sort((np.arange(n := int(rng.integers(6, 13))) + rng.uniform(-0.3, 0.3, n)) * 2 * np.pi / n)
    reach = radius * rng.uniform(0.75, 1.3, n)
    points = np.stack([reach * np.sin(turns) * rng.uniform(0.8, 1.1), reach * np.cos(turns)], axis=1)
    for _ in range(5):
        after = np.roll(points, -1, axis=0)
        points = np.stack([0.75 * points + 0.25 * after, 0.25 * points + 0.75 * after], axis=1).reshape(-1, 2)
    return points


def masses(rng: np.random.Generator, pixels: np.ndarray, spacing: float, count: int) -> Iterator[np.ndarray]:
    """Courses on tissue, apart from each other, 6 to 34 mm across, (row, col) of the mammogram."""
    boxes: list[np.ndarray] = []
    for _ in range(90):
        if len(boxes) == count:
            return
        course = shape_of_mass(rng, float(np.exp(rng.uniform(np.log(3), np.log(17)))) / spacing)
        low, high = course.min(axis=0), course.max(axis=0)
        start, stop = 4 - low, np.array(pixels.shape) - 5 - high
        if (stop <= start).any():
            continue
        course = course + rng.uniform(start, stop)
        at = np.round(course).astype(int)
        box, room = np.r_[course.min(axis=0), course.max(axis=0)], 8 / spacing
        apart = all((box[:2] > b[2:] + room).any() or (box[2:] < b[:2] - room).any() for b in boxes)
        if apart and (pixels[at[:, 0], at[:, 1]] > 700).all():
            boxes.append(box)
            yield course


def outline(page: Page, course: np.ndarray, color: tuple[int, int, int], *, width: float, hard: bool) -> None:
    """A pen line along a course of the copy, closed, perhaps with an end that overshoots or a short break."""
    rng = page.rng
    n, first, style = len(course), int(rng.integers(len(course))), rng.random()
    steps = round(n * (1.06 if style < 0.2 else 0.96 if style < 0.3 else 1.0)) + (style >= 0.3)
    line = course[(first + np.arange(steps)) % n]
    if style < 0.2:
        line = line + np.linspace(0, 1.5 * width, steps)[:, None] * rng.standard_normal(2) * 0.3
    zoom = 1 if hard else 4
    low = np.floor(line.min(axis=0)).astype(int) - round(width) - 4
    high = np.ceil(line.max(axis=0)).astype(int) + round(width) + 5
    mask = Image.new("L", (int(zoom * (high[1] - low[1])), int(zoom * (high[0] - low[0]))), 0)
    at = [(zoom * (c - low[1] + 0.5) - 0.5, zoom * (r - low[0] + 0.5) - 0.5) for r, c in line]
    draw, pen = ImageDraw.Draw(mask), max(1, round(zoom * width))
    draw.line(at, fill=255, width=pen, joint="curve")
    if not hard:
        mask = mask.resize((int(high[1] - low[1]), int(high[0] - low[0])), Image.Resampling.BOX)
    page.rgb.paste(color, (int(low[1]), int(low[0])), mask)
    page.taken.append((float(low[0]), float(low[1]), float(high[0]), float(high[1])))


def draw(seed: int, *, rows: int, shrink: float, normal: bool) -> Picture:
    """One picture of a copy of so many rows; the same for one seed.

    `shrink` is the mammogram's pixels per pixel of the copy; a `normal` picture has no outline and more beside it.
    """
    rng = np.random.default_rng([77, seed, rows, int(normal)])
    shape = (round(rows * shrink), round(0.8125 * rows * shrink))
    spacing = 286.7 / shape[0]
    pixels = tissue(rng, shape)
    small = Image.fromarray(pixels).resize((round(0.8125 * rows), rows), Image.Resampling.BOX)
    grey = np.clip(np.asarray(small) / 3600, 0, 1) ** rng.uniform(0.8, 1.2) * 255
    page = Page(np.round(grey).astype(np.uint8), rng)
    courses = [] if normal else list(masses(rng, pixels, spacing, int(rng.choice((1, 1, 1, 2, 3)))))
    red = bool(rng.random() < 0.6)
    names = tuple("red" if red and k == 0 else "blue" for k in range(len(courses)))
    hard, width = bool(rng.random() < 0.5), float(np.exp(rng.uniform(0, np.log(8))))
    pens = {"red": REDS[int(rng.integers(6))], "blue": BLUES[int(rng.integers(6))]}
    for course, name in zip(courses, names, strict=True):
        on_copy = (course + 0.5) / shrink - 0.5
        thin = min(width, float(np.ptp(on_copy, axis=0).min()) / 4)
        outline(page, on_copy, pens[name], width=thin, hard=hard)
    for k in rng.integers(len(KINDS), size=int(rng.integers(3, 9)) if normal else int(rng.integers(1, 6))):
        KINDS[int(k)](page)
    if rng.random() < 0.15:
        page.rgb = page.rgb.filter(ImageFilter.SHARPEN)
    quality, chroma, steps = int(rng.integers(60, 96)), int(rng.choice((0, 2))), bool(rng.random() < 0.4)
    stored = io.BytesIO()
    page.rgb.save(stored, "JPEG", quality=quality, subsampling=chroma, progressive=steps)
    words = f"{width:.1f} px {'hard' if hard else 'smooth'}, quality {quality}, {'4:2:0' if chroma else '4:4:4'}"
    return Picture(
        pixels=pixels,
        spacing_mm=spacing,
        stored=stored.getvalue(),
        contours=tuple(courses),
        inks=names,
        things=tuple(page.things),
        pen=words,
    )
