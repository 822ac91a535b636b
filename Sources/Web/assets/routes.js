// Ways of cables around boxes, so that a cable visibly ends at its own ports alone.
import { curve, pointOn } from "./geometry.js";

const turn = 44, margin = 2; // the width of a bend: less than the gap between columns; the least distance from a box
const steps = 12; // points at which a bend is checked
const lanes = 3, laneGap = 3, nearest = 6; // cables along one edge lie beside each other, within the gap between rows

/// Control points of a cable from (x1, y1) to (x2, y2) that leaves the boxes free: the plain curve where it does, else
/// along an edge of one of the boxes. `number` tells apart cables along the same edge. { points, isFree }
export function route(x1, y1, x2, y2, boxes, number) {
	const plain = curve(x1, y1, x2, y2), left = Math.min(x1, x2) - 2 * turn, right = Math.max(x1, x2) + 2 * turn;
	const near = boxes.filter((box) => box.x < right && box.x + box.w > left);
	if (isFree(plain, near)) return { points: plain, isFree: true };
	const gap = nearest + laneGap * (number % lanes), heights = near.flatMap((box) => [box.y - gap, box.y + box.h + gap]);
	const way = (y) => Math.abs(y - y1) + Math.abs(y - y2), isBack = x2 < x1 + 2 * turn;
	if (!isBack) heights.push(y1, y2);
	for (const y of heights.sort((a, b) => way(a) - way(b))) {
		if (!isLineFree(isBack ? x2 : x1 + turn, isBack ? x1 : x2 - turn, y, near)) continue;
		const points = isBack ? around(x1, y1, x2, y2, y) : along(x1, y1, x2, y2, y);
		if (isFree(points, near)) return { points, isFree: true };
	}
	return { points: plain, isFree: false };
}

/// A bend to the height y, a straight part, a bend to the end.
function along(x1, y1, x2, y2, y) {
	const a = x1 + turn, b = x2 - turn, h = turn / 2;
	return [x1, y1, x1 + h, y1, a - h, y, a, y, a, y, b, y, b, y, b + h, y, x2 - h, y2, x2, y2];
}

/// A loop backwards at the height y.
function around(x1, y1, x2, y2, y) {
	return [x1, y1, x1 + turn, y1, x1 + turn, y, x1, y, x1, y, x2, y, x2, y, x2 - turn, y, x2 - turn, y2, x2, y2];
}

const isLineFree = (a, b, y, boxes) => {
	const [from, to] = [Math.min(a, b), Math.max(a, b)];
	return !boxes.some((box) => y > box.y - margin && y < box.y + box.h + margin && to > box.x && from < box.x + box.w);
};

function isFree(points, boxes) {
	const count = (steps * (points.length - 2)) / 6;
	for (let i = 1; i < count; i++) {
		const { x, y } = pointOn(points, i / count);
		for (const box of boxes) if (x > box.x + margin && x < box.x + box.w - margin && y > box.y - margin && y < box.y + box.h + margin) return false;
	}
	return true;
}
