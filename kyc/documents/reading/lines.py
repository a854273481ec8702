"""Lines of text on a page: pieces joined, the zone's lines told from the rest by their geometry, strips cut out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import cv2
import numpy as np

from kyc.documents.reading.networks import STRIP_HEIGHT, Box, Picture

FEWEST_CHARACTERS_LONG = 14.0  # a zone's line is at least that many core heights long
SAME_ANGLE = 4.0  # degrees
SAME_LENGTH = 0.86  # the shorter of two neighbouring lines of a zone, as a share of the longer
GAP = (1.2, 6.5)  # core heights from one line of a zone to the next
LONGEST_STRIP = 2200  # pixels, beyond which nothing is a line of a document


def joined(boxes: Sequence[Box]) -> list[Box]:
    """Pieces that lie end to end on one line, made one: a glare or a run of fillers parts a line."""
    left = sorted(boxes, key=lambda box: -box.length)
    lines: list[Box] = []
    while left:
        line = left.pop(0)
        while (piece := next((box for box in left if _continues(line, box)), None)) is not None:
            left.remove(piece)
            line = _union(line, piece)
        lines.append(line)
    return lines


def _offset(line: Box, box: Box) -> tuple[float, float]:
    """(along the line, across it) from the line's middle to the box's, in pixels."""
    c, s = line.along
    dx, dy = box.x - line.x, box.y - line.y
    return dx * c + dy * s, -dx * s + dy * c


def _turn(one: Box, other: Box) -> float:
    """Degrees between their directions, 0 to 90."""
    turn = abs(one.angle - other.angle) % 180
    return min(turn, 180 - turn)


def _continues(line: Box, box: Box) -> bool:
    along, across = _offset(line, box)
    gap = abs(along) - (line.length + box.length) / 2
    short = box.length < 4 * box.height  # a speck's angle says nothing
    return (
        (short or _turn(line, box) < SAME_ANGLE)
        and abs(across) < 0.6 * line.height + 0.012 * abs(along)
        and gap < 3.0 * line.height
        and 0.5 < box.height / line.height < 1.8
    )


def _union(line: Box, piece: Box) -> Box:
    along, _ = _offset(line, piece)
    start = min(-line.length / 2, along - piece.length / 2)
    stop = max(line.length / 2, along + piece.length / 2)
    c, s = line.along
    middle = (start + stop) / 2
    return replace(line, x=line.x + middle * c, y=line.y + middle * s, length=stop - start)


def zones_among(lines: Sequence[Box]) -> Iterator[tuple[Box, ...]]:
    """Groups of two or three lines that may be a zone, likeliest first: the longest, as long as each other."""
    long = [line for line in lines if line.length > FEWEST_CHARACTERS_LONG * line.height]
    groups: list[tuple[Box, ...]] = []
    for first in long:
        chain = _chain_from(first, long)
        groups += [tuple(chain[:count]) for count in (2, 3) if len(chain) >= count]
    # three lines that fit are a card's; two of them would fit as well
    groups.sort(key=lambda group: (-round(min(line.length for line in group) / 40), -len(group)))
    kept: list[tuple[Box, ...]] = []
    for group in groups:
        if not any(set(group) <= set(other) for other in kept):
            kept.append(group)
            yield group


def _chain_from(first: Box, long: Sequence[Box]) -> list[Box]:
    """The line and up to two that follow it, across its direction, evenly spaced."""
    chain = [first]
    while len(chain) < 3:
        last = chain[-1]
        below = [(across, line) for line in long if line not in chain for across in [_follows(last, line)] if across]
        if not below:
            break
        across, line = min(below, key=lambda pair: pair[0])
        if len(chain) == 2:
            before = _offset(chain[0], chain[1])[1]
            if not 0.75 < across / before < 1.33:
                break
        chain.append(line)
    return chain


def _follows(line: Box, below: Box) -> float:
    """Pixels across, where the other may be the zone's next line; else 0."""
    along, across = _offset(line, below)
    height = (line.height + below.height) / 2
    fits = (
        GAP[0] * height < across < GAP[1] * height
        and _turn(line, below) < SAME_ANGLE
        and SAME_LENGTH < line.length / below.length < 1 / SAME_LENGTH
        and abs(along) < 0.08 * line.length + 0.12 * across
    )
    return across if fits else 0.0


def upright(picture: Picture, boxes: Sequence[Box]) -> tuple[Picture, list[Box], int]:
    """(picture, boxes, quarter turns made) with the text lying: turned a quarter when most of it stands."""
    standing = sum(box.length for box in boxes if abs(box.angle) > 45)
    if standing <= sum(box.length for box in boxes) / 2:
        return picture, list(boxes), 0
    height = picture.shape[0]
    turned = cv2.rotate(picture, cv2.ROTATE_90_CLOCKWISE)
    return turned, [_turned_quarter(box, height) for box in boxes], 1  # type: ignore[return-value]


def _turned_quarter(box: Box, height: int) -> Box:
    angle = box.angle + 90
    return replace(box, x=height - box.y, y=box.x, angle=angle - 180 if angle > 90 else angle)


def on_its_head(picture: Picture, boxes: Sequence[Box]) -> tuple[Picture, list[Box]]:
    """Both turned by 180°."""
    height, width = picture.shape[:2]
    turned = cv2.rotate(picture, cv2.ROTATE_180)
    return turned, [replace(box, x=width - box.x, y=height - box.y) for box in boxes]  # type: ignore[return-value]


def between(first: Box, last: Box, share: float) -> Box:
    """The line at that share of the way from one to another; beyond 1.0, after the second."""
    return replace(
        last,
        x=first.x + (last.x - first.x) * share,
        y=first.y + (last.y - first.y) * share,
        angle=first.angle + (last.angle - first.angle) * share,
    )


def cut(picture: Picture, line: Box, *, cover: float, overhang: float = 1.4, squeezed: float = 1.0) -> Picture:
    """The line as a lying strip STRIP_HEIGHT high that covers `cover` core heights, and a little more at its ends.

    `squeezed` is its length as a share of what its height would give it.
    """
    height = line.height * cover
    length = line.length + 2 * overhang * line.height
    width = max(STRIP_HEIGHT, min(LONGEST_STRIP, round(length / height * STRIP_HEIGHT * squeezed)))
    c, s = line.along
    half_along = (c * length / 2, s * length / 2)
    half_across = (-s * height / 2, c * height / 2)
    corners = np.array(
        [
            (line.x - half_along[0] - half_across[0], line.y - half_along[1] - half_across[1]),
            (line.x + half_along[0] - half_across[0], line.y + half_along[1] - half_across[1]),
            (line.x - half_along[0] + half_across[0], line.y - half_along[1] + half_across[1]),
        ],
        np.float32,
    )
    target = np.array([(0, 0), (width, 0), (0, STRIP_HEIGHT)], np.float32)
    matrix = cv2.getAffineTransform(corners, target)
    shrinks = height > 1.5 * STRIP_HEIGHT
    return cv2.warpAffine(  # type: ignore[return-value]
        picture,
        matrix,
        (width, STRIP_HEIGHT),
        flags=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_REPLICATE,
    )
