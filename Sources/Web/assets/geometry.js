// Shapes of nodes and cables on the map, in the units of a patch file's "at".
import { splitPort } from "./patch.js";

export const width = 200, header = 30, row = 24, padding = 6;
const featured = 3, freeSignals = 1; // parameters and signal inputs that are shown though nothing is connected to them

/// { w, h, ins: [{ name, y }], outs: [{ name, y }], hidden }: rows from top to bottom; inputs on the left edge.
export function shape(id, patch) {
	const node = patch.nodes.get(id), module = patch.registry.get(node.type);
	if (!module) return placeholder(id, patch);
	const connected = new Set(patch.cablesInto(id).map((cable) => splitPort(cable.to)[1]));
	let free = featured, signals = freeSignals;
	const shown = module.inputs.filter((input) => {
		if (connected.has(input.name) || input.name === module.mainInput) return true;
		if (input.type === "signal") return signals-- > 0;
		if (input.type === "file") return true;
		return free-- > 0;
	});
	return sized(shown.map((input) => input.name), module.outputs.map((output) => output.name), module.inputs.length);
}

/// A module that is not there has the ports that its cables name.
function placeholder(id, patch) {
	const names = (cables, end) => [...new Set(cables.map((cable) => splitPort(cable[end])[1]))];
	const ins = names(patch.cablesInto(id), "to");
	return sized(ins, names(patch.cablesOutOf(id), "from"), ins.length);
}

function sized(ins, outs, total) {
	const rows = Math.max(ins.length, outs.length, 1);
	const place = (name, i) => ({ name, y: header + row * (i + 0.5) });
	return {
		w: width, h: header + rows * row + padding,
		ins: ins.map(place), outs: outs.map(place), hidden: total - ins.length,
	};
}

/// The end of a cable at a node: { x, y } relative to the node. Hidden inputs end at the lower left corner.
export function portPlace(shape, name, isOut) {
	const port = (isOut ? shape.outs : shape.ins).find((port) => port.name === name);
	return { x: isOut ? shape.w : 0, y: port ? port.y : shape.h - padding };
}

/// Control points of a cable: of a chain of cubics, here one from (x1, y1) to (x2, y2).
export function curve(x1, y1, x2, y2) {
	const reach = Math.max(36, Math.abs(x2 - x1) * 0.45, x2 < x1 ? Math.min(160, (x1 - x2) * 0.5 + 60) : 0);
	return [x1, y1, x1 + reach, y1, x2 - reach, y2, x2, y2];
}

/// A point of a chain of cubics, for t from 0 to 1.
export function pointOn(c, t) {
	const count = (c.length - 2) / 6, k = Math.min(count - 1, Math.floor(t * count)), i = 6 * k;
	const u = t * count - k, s = 1 - u, a = s * s * s, b = 3 * s * s * u, d = 3 * s * u * u, e = u * u * u;
	return { x: a * c[i] + b * c[i + 2] + d * c[i + 4] + e * c[i + 6], y: a * c[i + 1] + b * c[i + 3] + d * c[i + 5] + e * c[i + 7] };
}

/// The distance from a point to a cable, by 24 straight pieces of each cubic.
export function distanceTo(c, x, y) {
	const pieces = 4 * (c.length - 2);
	let best = Infinity, last = pointOn(c, 0);
	for (let i = 1; i <= pieces; i++) {
		const next = pointOn(c, i / pieces);
		const dx = next.x - last.x, dy = next.y - last.y, length = dx * dx + dy * dy;
		const t = length ? Math.min(1, Math.max(0, ((x - last.x) * dx + (y - last.y) * dy) / length)) : 0;
		best = Math.min(best, Math.hypot(x - last.x - t * dx, y - last.y - t * dy));
		last = next;
	}
	return best;
}

/// The smallest box around boxes.
export function boundsOf(boxes) {
	const box = { x: Infinity, y: Infinity, w: 0, h: 0 };
	for (const { x, y } of boxes) [box.x, box.y] = [Math.min(box.x, x), Math.min(box.y, y)];
	for (const { x, y, w, h } of boxes) [box.w, box.h] = [Math.max(box.w, x + w - box.x), Math.max(box.h, y + h - box.y)];
	return box;
}

export const overlaps = (a, b, gap = 12) =>
	a.x < b.x + b.w + gap && b.x < a.x + a.w + gap && a.y < b.y + b.h + gap && b.y < a.y + a.h + gap;
