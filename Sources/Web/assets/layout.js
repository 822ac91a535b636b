// Layered layout of a directed graph (Sugiyama's method): cycles are cut, nodes get columns by their longest path, columns
// are ordered by barycentres, and rows settle at the mean of their neighbours.
//
// Boxes are { id, w, h, ins, outs } with counts of ports, edges { from, to, fromPort, toPort } with their indices, and
// fromY, toY: the heights of the ports in their boxes, so that cables become straight.

const gapX = 52, gapY = 20, bendGap = 6, orderSweeps = 12, rowSweeps = 16;
const straight = 4; // the weight of a cable between neighbouring columns, beside 1 of a long one

/// Map of id -> { x, y }.
export function layout(boxes, edges) {
	if (!boxes.length) return new Map();
	const index = new Map(boxes.map((box, i) => [box.id, i]));
	const arrows = forwardArrows(boxes.length, edges
		.filter((edge) => index.has(edge.from) && index.has(edge.to) && edge.from !== edge.to)
		.map((edge) => ({ a: index.get(edge.from), b: index.get(edge.to), ap: edge.fromPort, bp: edge.toPort, ay: edge.fromY, by: edge.toY })));
	const columns = assignColumns(boxes.length, arrows);
	const graph = withBends(boxes, arrows, columns);
	orderColumns(graph);
	settleRows(graph);
	const x = [];
	let left = 0;
	for (const column of graph.columns) {
		x.push(left);
		left += Math.max(0, ...column.map((v) => graph.points[v].w)) + gapX;
	}
	const top = Math.min(...boxes.map((_, i) => graph.points[i].y));
	return new Map(boxes.map((box, i) => [box.id, { x: x[columns[i]], y: Math.round(graph.points[i].y - top) }]));
}

/// Arrows without a cycle: those that lead back to an open node of a depth-first walk are reversed.
function forwardArrows(count, arrows) {
	const out = Array.from({ length: count }, () => []);
	for (const arrow of arrows) out[arrow.a].push(arrow);
	const state = new Uint8Array(count), back = new Set();
	for (let start = 0; start < count; start++) {
		if (state[start]) continue;
		const stack = [[start, 0]];
		state[start] = 1;
		while (stack.length) {
			const top = stack.at(-1);
			const arrow = out[top[0]][top[1]++];
			if (!arrow) state[stack.pop()[0]] = 2;
			else if (state[arrow.b] === 1) back.add(arrow);
			else if (!state[arrow.b]) {
				state[arrow.b] = 1;
				stack.push([arrow.b, 0]);
			}
		}
	}
	return arrows.map((arrow) =>
		back.has(arrow) ? { a: arrow.b, b: arrow.a, ap: arrow.bp, bp: arrow.ap, ay: arrow.by, by: arrow.ay, back: true } : arrow);
}

/// The longest path from a source; then nodes move towards the side with more cables.
function assignColumns(count, arrows) {
	const into = Array.from({ length: count }, () => []), out = Array.from({ length: count }, () => []);
	for (const arrow of arrows) {
		into[arrow.b].push(arrow);
		out[arrow.a].push(arrow);
	}
	const left = into.map((list) => list.length), order = [];
	for (let v = 0; v < count; v++) if (!left[v]) order.push(v);
	for (let k = 0; k < order.length; k++) for (const { b } of out[order[k]]) if (--left[b] === 0) order.push(b);
	const column = new Array(count).fill(0);
	for (const v of order) for (const { a } of into[v]) column[v] = Math.max(column[v], column[a] + 1);
	for (let pass = 0; pass < 8; pass++) {
		let moved = false;
		for (const v of pass % 2 ? order : [...order].reverse()) {
			const low = Math.max(0, ...into[v].map(({ a }) => column[a] + 1));
			const high = Math.min(Infinity, ...out[v].map(({ b }) => column[b] - 1));
			const pull = out[v].length - into[v].length;
			const wanted = pull > 0 && high < Infinity ? high : pull < 0 ? low : column[v];
			if (wanted >= low && wanted <= high && wanted !== column[v]) {
				column[v] = wanted;
				moved = true;
			}
		}
		if (!moved) break;
	}
	const first = Math.min(...column);
	return column.map((value) => value - first);
}

/// Long arrows become chains of bends, one a column.
function withBends(boxes, arrows, columns) {
	const points = boxes.map((box, i) => ({ ...box, column: columns[i], y: 0 }));
	const segments = [];
	for (const arrow of arrows) {
		let from = arrow.a, port = arrow.ap, y = arrow.ay;
		for (let column = columns[arrow.a] + 1; column < columns[arrow.b]; column++) {
			points.push({ w: 0, h: 2, ins: 1, outs: 1, column, y: 0, isBend: true });
			segments.push({ a: from, b: points.length - 1, ap: port, bp: 0, ay: y });
			from = points.length - 1;
			[port, y] = [0, undefined];
		}
		segments.push({ a: from, b: arrow.b, ap: port, bp: arrow.bp, ay: y, by: arrow.by });
	}
	const into = points.map(() => []), out = points.map(() => []);
	for (const segment of segments) {
		into[segment.b].push(segment);
		out[segment.a].push(segment);
	}
	const list = Array.from({ length: Math.max(...columns) + 1 }, () => []);
	// Depth first over both directions: connected nodes come together.
	const seen = new Uint8Array(points.length);
	for (let start = 0; start < points.length; start++) {
		const stack = [start];
		while (stack.length) {
			const v = stack.pop();
			if (seen[v]) continue;
			seen[v] = 1;
			list[points[v].column].push(v);
			for (const { b } of out[v]) stack.push(b);
			for (const { a } of into[v]) stack.push(a);
		}
	}
	return { points, into, out, columns: list };
}

/// The height of a port within its point, 0 to 1.
const fraction = (point, port, isOut) => (port + 0.5) / Math.max(1, isOut ? point.outs : point.ins);

function orderColumns({ points, into, out, columns }) {
	const rank = new Float64Array(points.length);
	const number = (column) => column.forEach((v, k) => (rank[v] = k));
	columns.forEach(number);
	const start = (s) => rank[s.a] + fraction(points[s.a], s.ap, true) * 0.9;
	const end = (s) => rank[s.b] + fraction(points[s.b], s.bp, false) * 0.9;
	let best = columns.map((column) => [...column]), fewest = crossings();
	for (let sweep = 0; sweep < orderSweeps && fewest > 0; sweep++) {
		const isDown = sweep % 2 === 0;
		for (let k = 1; k < columns.length; k++) {
			const column = columns[isDown ? k : columns.length - 1 - k], mean = new Map();
			for (const v of column) {
				const near = isDown ? into[v] : out[v];
				const sum = near.reduce((total, s) => total + (isDown ? start(s) : end(s)), 0);
				mean.set(v, near.length ? sum / near.length : rank[v]);
			}
			column.sort((v, w) => mean.get(v) - mean.get(w) || rank[v] - rank[w]);
			number(column);
		}
		const count = crossings();
		if (count < fewest) [best, fewest] = [columns.map((column) => [...column]), count];
	}
	best.forEach((column, i) => (columns[i] = column));

	/// Inversions between neighbouring columns, counted with a Fenwick tree.
	function crossings() {
		let total = 0;
		for (let k = 1; k < columns.length; k++) {
			const pairs = columns[k].flatMap((v) => into[v].map((s) => [start(s), end(s)]));
			pairs.sort((p, q) => p[0] - q[0] || p[1] - q[1]);
			const places = new Map([...new Set(pairs.map((p) => p[1]))].sort((a, b) => a - b).map((y, i) => [y, i + 1]));
			const tree = new Int32Array(places.size + 2);
			pairs.forEach(([, y], seen) => {
				const place = places.get(y);
				let below = 0;
				for (let i = place; i > 0; i -= i & -i) below += tree[i];
				total += seen - below;
				for (let i = place; i < tree.length; i += i & -i) tree[i]++;
			});
		}
		return total;
	}
}

function settleRows({ points, into, out, columns }) {
	for (const column of columns) {
		let y = 0;
		for (const v of column) {
			points[v].y = y;
			y += points[v].h + gapY;
		}
	}
	/// The height of an end of a segment within its point.
	const inside = (s, isEnd) => (isEnd ? s.by : s.ay) ?? fraction(points[isEnd ? s.b : s.a], isEnd ? s.bp : s.ap, !isEnd) * points[isEnd ? s.b : s.a].h;
	for (let sweep = 0; sweep < rowSweeps; sweep++) {
		const isDown = sweep % 2 === 0, isLast = sweep >= rowSweeps - 2;
		for (let k = 0; k < columns.length; k++) {
			const column = columns[isDown ? k : columns.length - 1 - k], wanted = new Map();
			for (const v of column) {
				const near = isLast ? [...into[v], ...out[v]] : isDown ? into[v] : out[v];
				let sum = 0, total = 0;
				for (const s of near) {
					const isEnd = s.b === v, weight = points[s.a].isBend || points[s.b].isBend ? 1 : straight;
					sum += weight * (points[isEnd ? s.a : s.b].y + inside(s, !isEnd) - inside(s, isEnd));
					total += weight;
				}
				wanted.set(v, near.length ? sum / total : points[v].y);
			}
			stack(column, wanted, points);
		}
	}
}

/// Isotonic regression: the nearest places to those wanted that keep the order and the gaps.
function stack(column, wanted, points) {
	const offsets = [];
	let offset = 0;
	for (const v of column) {
		offsets.push(offset);
		offset += points[v].h + (points[v].isBend ? bendGap : gapY);
	}
	const pools = [];
	column.forEach((v, k) => {
		const weight = points[v].isBend ? 4 : 1;
		pools.push({ sum: (wanted.get(v) - offsets[k]) * weight, weight, count: 1 });
		while (pools.length > 1) {
			const last = pools.at(-1), before = pools.at(-2);
			if (before.sum / before.weight <= last.sum / last.weight) break;
			pools.pop();
			before.sum += last.sum;
			before.weight += last.weight;
			before.count += last.count;
		}
	});
	let k = 0;
	for (const pool of pools)
		for (let i = 0; i < pool.count; i++, k++) points[column[k]].y = pool.sum / pool.weight + offsets[k];
}
