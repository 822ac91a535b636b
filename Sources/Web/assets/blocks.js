// Layout of a patch by its connected parts: each part in layers; parts side by side in rows.
//
// In a large patch nodes with many neighbours, such as a mixer of all strips, do not connect parts: they are placed at the
// right of all strips, those that only feed them, such as the notes of all voices, at the left.
import { layout } from "./layout.js";

const large = 80, manyNeighbours = 8; // nodes
const partGap = 64, rowsAspect = 1.6; // units of a patch file's "at"; width by height of all rows

/// The parts of a patch: { sources, parts, sinks }, lists of boxes.
export function blocksOf(boxes, edges) {
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
	const isSource = ({ id }) => edges.every((edge) => edge.to !== id);
	const sources = hubs.filter(isSource), sinks = [...hubs.filter((box) => !isSource(box)), ...boxes.filter(isBehind)];
	const apart = new Set([...sources, ...sinks].map(({ id }) => id));
	return { sources, sinks, parts: split(boxes.filter(({ id }) => !apart.has(id)), neighbours) };
}

/// Map of id -> { x, y }; boxes and edges as for layout().
export function layoutBlocks(boxes, edges) {
	const { sources, sinks, parts } = blocksOf(boxes, edges), found = new Map();
	const total = pack(parts.map((part) => place(part, edges)).sort((a, b) => b.count - a.count), found);
	const beside = (list, xOf) => {
		if (!list.length) return;
		const column = place(list, edges);
		for (const [id, { x, y }] of column.places) found.set(id, { x: x + xOf(column), y: y + Math.max(0, Math.round((total.h - column.h) / 2)) });
	};
	beside(sources, ({ w }) => (parts.length ? -w - partGap : 0));
	beside(sinks, () => total.w + (parts.length ? partGap : 0));
	return found;
}

/// Title of a part, the common start of its ids: of v01osc, v01env … it is v01; nothing where they have little in common.
export function titleOf(ids) {
	let stem = ids[0];
	for (const id of ids) while (!id.startsWith(stem)) stem = stem.slice(0, -1);
	stem = stem.replace(/[-_]+$/, "");
	return ids.length > 1 && stem.length > 1 ? stem : "";
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
