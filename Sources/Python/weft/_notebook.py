"""Patches in a notebook: a picture, and a player with its sound."""

from __future__ import annotations

import base64
import html
import struct
from typing import TYPE_CHECKING

import numpy as np

from ._arrays import Samples
from ._errors import WeftError

if TYPE_CHECKING:
    from ._patch import Patch

#: Seconds of the sound that is shown.
LENGTH = 3.0
WIDTH, HEIGHT, GAP = 110, 34, 26


def page(patch: Patch) -> str:
    """HTML of a patch; an error of the patch in place of its sound."""
    takes_notes = any(node["type"] == "notes" for node in patch.data["nodes"].values())
    try:
        sound = patch.render(LENGTH, notes=[(0.0, "C4", 0.8, LENGTH / 2)] if takes_notes else [])
        data = base64.b64encode(wave(sound, 48_000)).decode()
        player = f'<audio controls src="data:audio/wav;base64,{data}"></audio>'
    except WeftError as error:
        player = f"<pre>{html.escape(str(error))}</pre>"
    return f"<div><b>{html.escape(str(patch.data.get('name', '')))}</b><br>{picture(patch)}<br>{player}</div>"


def wave(sound: Samples, rate: int) -> bytes:
    """A WAV file of 16 bits; louder sounds are scaled to full scale.

    >>> import numpy as np
    >>> wave(np.zeros((2, 3), np.float32), 48000)[:4]
    b'RIFF'
    """
    peak = max(1.0, float(np.abs(sound).max(initial=0)))
    samples = np.round(sound.T / peak * 32_767).astype("<i2").tobytes()
    channels = sound.shape[0]
    head = struct.pack("<HHIIHH", 1, channels, rate, rate * channels * 2, channels * 2, 16)
    return (
        b"RIFF" + struct.pack("<I", 36 + len(samples)) + b"WAVEfmt " + struct.pack("<I", 16) + head
        + b"data" + struct.pack("<I", len(samples)) + samples
    )


def columns(patch: Patch) -> dict[str, int]:
    """The column of each node: one more than that of what feeds it; a loop of cables ends at its first node."""
    feeds: dict[str, set[str]] = {id: set() for id in patch.data["nodes"]}
    for cable in patch.data.get("cables", []):
        source, destination = (end.split("/")[0] for end in cable[:2])
        if source in feeds and destination in feeds and source != destination:
            feeds[destination].add(source)
    found: dict[str, int] = {}
    for start in feeds:
        path = [(start, iter(sorted(feeds[start])))]
        on_path = {start}
        while path:
            id, rest = path[-1]
            following = next((x for x in rest if x not in found and x not in on_path), None)
            if following is not None:
                path.append((following, iter(sorted(feeds[following]))))
                on_path.add(following)
            else:
                found.setdefault(id, 1 + max((found[x] for x in feeds[id] if x in found), default=-1))
                on_path.discard(id)
                path.pop()
    return found


def picture(patch: Patch) -> str:
    """An SVG drawing of nodes and cables, from left to right."""
    rows: dict[int, int] = {}
    places: dict[str, tuple[int, int]] = {}
    for id, column in sorted(columns(patch).items(), key=lambda item: item[1]):
        row = rows.get(column, 0)
        rows[column] = row + 1
        places[id] = (column * (WIDTH + GAP) + 4, row * (HEIGHT + 12) + 4)
    width = (max(rows, default=0) + 1) * (WIDTH + GAP) + 8
    height = max(rows.values(), default=1) * (HEIGHT + 12) + 8
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        'style="max-width:100%;height:auto" font-family="sans-serif" font-size="11" role="img">'
    ]
    for cable in patch.data.get("cables", []):
        ends = [places.get(end.split("/")[0]) for end in cable[:2]]
        if ends[0] is not None and ends[1] is not None:
            (x1, y1), (x2, y2) = (ends[0][0] + WIDTH, ends[0][1] + HEIGHT / 2), (ends[1][0], ends[1][1] + HEIGHT / 2)
            parts.append(
                f'<path d="M{x1} {y1} C{x1 + GAP} {y1} {x2 - GAP} {y2} {x2} {y2}" fill="none" stroke="#888" '
                'stroke-width="1.5"/>'
            )
    for id, (x, y) in places.items():
        type = html.escape(str(patch.data["nodes"][id]["type"]))
        parts.append(
            f'<rect x="{x}" y="{y}" width="{WIDTH}" height="{HEIGHT}" rx="5" fill="#eef2f7" stroke="#456"/>'
            f'<text x="{x + 7}" y="{y + 14}" font-weight="bold" fill="#123">{html.escape(id)}</text>'
            f'<text x="{x + 7}" y="{y + 27}" fill="#567">{type}</text>'
        )
    return "".join(parts) + "</svg>"
