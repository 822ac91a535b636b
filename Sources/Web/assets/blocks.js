// Layout of a patch by its connected parts: each part in layers; parts side by side in rows.
//
// In a large patch nodes with many neighbours, such as a mixer of all strips, do not connect parts: they stand at the
// right of all strips.
import { layout } from "./layout.js";

const large = 80, manyNeighbours = 8; // nodes
const partGap = 64, rowsAspect = 1.6; // units of a patch file's "at"; width by height of all rows

/// Map of id -> { x, y }; boxes and edges as for layout().
export function layoutBlocks(boxes, edges) {
  const neighbours = new Map(boxes.map(({ id }) => [id, new Set()]));
  for (const { from, to } of edges) {
    if (from === to) continue;
    neighbours.get(from).add(to);
    neighbours.get(to).add(from);
  }
  const isHub = ({ id }) => boxes.length > large && neighbours.get(id).size >= manyNeighbours;
  const hubs = boxes.filter(isHub), hubIds = new Set(hubs.map(({ id }) => id));
  // A node that only hubs feed stands with them: the output behind the mixer.
  const isBehind = ({ id }) => hubs.length > 0 && !hubIds.has(id) && neighbours.get(id).size > 0 && edges.every((edge) => edge.from !== id && (edge.to !== id || hubIds.has(edge.from)));
  const last = [...hubs, ...boxes.filter(isBehind)], lastIds = new Set(last.map(({ id }) => id));
  const parts = split(boxes.filter(({ id }) => !lastIds.has(id)), neighbours).map((part) => place(part, edges));
  const found = new Map(), total = pack(parts.sort((a, b) => b.count - a.count), found);
  if (last.length) {
    const right = place(last, edges);
    for (const [id, { x, y }] of right.places) found.set(id, { x: x + total.w + (total.w ? partGap : 0), y: y + Math.max(0, Math.round((total.h - right.h) / 2)) });
  }
  return found;
}

/// Connected parts of the boxes.
function split(boxes, neighbours) {
  const byId = new Map(boxes.map((box) => [box.id, box])), seen = new Set(), parts = [];
  for (const { id } of boxes) {
    const part = [], open = [id];
    while (open.length) {
      const next = open.pop();
      if (seen.has(next) || !byId.has(next)) continue;
      seen.add(next);
      part.push(byId.get(next));
      open.push(...neighbours.get(next));
    }
    if (part.length) parts.push(part.sort((a, b) => (a.id < b.id ? -1 : 1)));
  }
  return parts;
}

function place(part, edges) {
  const ids = new Set(part.map(({ id }) => id)), places = layout(part, edges.filter(({ from, to }) => ids.has(from) && ids.has(to)));
  const extent = (side, length) => Math.max(...part.map((box) => places.get(box.id)[side] + box[length]));
  return { places, count: part.length, w: extent("x", "w"), h: extent("y", "h") };
}

/// Puts parts in rows of about the aspect of a window. Returns the size of all.
function pack(parts, found) {
  const area = parts.reduce((sum, { w, h }) => sum + (w + partGap) * (h + partGap), 0);
  const width = Math.max(0, ...parts.map(({ w }) => w), Math.sqrt(area * rowsAspect)), size = { w: 0, h: 0 };
  let x = 0, y = 0, row = 0;
  for (const { places, w, h } of parts) {
    if (x > 0 && x + w > width) [x, y, row] = [0, y + row + partGap, 0];
    for (const [id, at] of places) found.set(id, { x: at.x + x, y: at.y + y });
    size.w = Math.max(size.w, x + w);
    size.h = Math.max(size.h, y + h);
    row = Math.max(row, h);
    x += w + partGap;
  }
  return size;
}
