// The map: a canvas with cables, boxes, meters; it owns the view (pan and zoom) and the frame loop.
import { isNamedBy } from "./cards.js";
import { blocksOf, titleOf } from "./blocks.js";
import { boundsOf, distanceTo, header, pointOn, portPlace } from "./geometry.js";
import { Overview } from "./overview.js";
import { nodeOf, splitPort } from "./patch.js";
import { route } from "./routes.js";
import { clientColour, readTheme } from "./theme.js";
import { decibels } from "./units.js";

const smallest = 0.03, largest = 3, cardScale = 0.72, mostCards = 60, gridStep = 32;
const readable = 0.34, readableWide = 0.25; // scales below which names are too small: on a phone, in a window
const portScale = 0.46, dotScale = 0.28; // scales from which boxes show the names of their ports, and their ports
const farScale = 0.2, leastScale = 0.12; // below it names of nodes give way to titles of parts, in a small patch to nothing
const manyNodes = 60;
const mostRouted = 200; // nodes: in a larger patch cables pass behind boxes
const edgePart = 0.22; // the part of a box's width at each side that belongs to its ports
const fall = 24; // dB a second by which a shown level falls at most

export class Stage extends EventTarget {
	constructor(app, element) {
		super();
		this.app = app;
		this.element = element;
		[this.canvas, this.top] = element.querySelectorAll("canvas"); // below and above the cards
		this.context = this.canvas.getContext("2d", { alpha: false });
		this.topContext = this.top.getContext("2d");
		this.view = { x: 0, y: 0, scale: 1 };
		this.shown = new Map(); // port -> dB that is drawn
		this.curves = null;
		this.overview = new Overview(app, this);
		this.overlay = null; // drawn by a gesture: { cable, target, area, message }
		this.theme = readTheme();
		new ResizeObserver(() => this.resize()).observe(element);
		matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.retheme());
		app.addEventListener("patch", () => this.invalidate());
		for (const event of ["selection", "clients", "problem", "levels"]) app.addEventListener(event, () => this.redraw());
		app.addEventListener("state", () => this.fitOnce());
		app.addEventListener("loaded", () => {
			this.hasFit = false;
			this.invalidate();
			this.fitOnce();
		});
		this.resize();
	}

	retheme() {
		this.theme = readTheme();
		this.redraw();
	}
	invalidate() {
		this.curves = null;
		this.titles = null;
		this.redraw();
	}
	redraw() {
		if (this.isWaiting) return;
		this.isWaiting = true;
		requestAnimationFrame((now) => {
			this.isWaiting = false;
			this.draw(now);
		});
	}

	resize() {
		const { width, height } = this.element.getBoundingClientRect(), ratio = Math.min(devicePixelRatio || 1, 2);
		const shift = this.width ? [(width - this.width) / 2, (height - this.height) / 2] : [0, 0];
		Object.assign(this, { width, height, ratio });
		if (this.hasFit) this.pan(...shift); // the middle stays in the middle
		for (const canvas of [this.canvas, this.top]) {
			canvas.width = Math.max(1, Math.round(width * ratio));
			canvas.height = Math.max(1, Math.round(height * ratio));
			Object.assign(canvas.style, { width: width + "px", height: height + "px" });
		}
		if (!this.hasFit && this.app.patch.nodes.size) this.fitOnce();
		this.redraw();
	}

	// MARK: View

	toWorld(clientX, clientY) {
		const box = this.element.getBoundingClientRect();
		return { x: (clientX - box.left) / this.view.scale + this.view.x, y: (clientY - box.top) / this.view.scale + this.view.y };
	}
	toScreen(x, y) {
		return { x: (x - this.view.x) * this.view.scale, y: (y - this.view.y) * this.view.scale };
	}
	setView(view) {
		Object.assign(this.view, view);
		this.dispatchEvent(new Event("view"));
		this.redraw();
	}
	pan(dx, dy) {
		this.setView({ x: this.view.x - dx / this.view.scale, y: this.view.y - dy / this.view.scale });
	}
	zoom(factor, clientX, clientY) {
		const at = this.toWorld(clientX, clientY), scale = Math.min(largest, Math.max(smallest, this.view.scale * factor));
		const box = this.element.getBoundingClientRect();
		this.setView({ scale, x: at.x - (clientX - box.left) / scale, y: at.y - (clientY - box.top) / scale });
	}
	/// Shows the nodes, all of them unless given, in the middle.
	fit(ids = [...this.app.patch.nodes.keys()], largestScale = 1) {
		if (!ids.length || !this.width) return;
		const boxes = ids.map((id) => this.app.bounds(id)), margin = 40;
		const left = Math.min(...boxes.map((b) => b.x)), top = Math.min(...boxes.map((b) => b.y));
		const right = Math.max(...boxes.map((b) => b.x + b.w)), bottom = Math.max(...boxes.map((b) => b.y + b.h));
		const scale = Math.max(smallest, Math.min(
			largestScale, this.width / (right - left + 2 * margin), this.height / (bottom - top + 2 * margin)));
		this.setView({ scale, x: (left + right - this.width / scale) / 2, y: (top + bottom - this.height / scale) / 2 });
	}
	/// At first sight: all nodes; where that would be too small to read, those at the output.
	fitOnce() {
		if (this.hasFit || !this.app.patch.nodes.size || this.width < 10) return;
		this.hasFit = true;
		this.fit();
		const least = this.width < 600 ? readable : readableWide;
		if (this.view.scale >= least || this.app.patch.nodes.size > manyNodes) return;
		const boxes = [...this.app.patch.nodes.keys()].map((id) => this.app.bounds(id)), width = this.width / least;
		const middle = this.view.y + this.height / 2 / this.view.scale, right = Math.max(...boxes.map((b) => b.x + b.w));
		this.setView({ scale: least, x: right + 40 - width, y: middle - this.height / 2 / least });
	}
	/// Zooms at the selected node, else at the node nearest to the middle, else at the middle.
	zoomAtNodes(factor) {
		const frame = this.element.getBoundingClientRect(), { scale, x, y } = this.view, { app } = this;
		const middle = { x: x + this.width / 2 / scale, y: y + this.height / 2 / scale };
		const aims = (app.selected.size ? [...app.selected] : [...app.patch.nodes.keys()]).map((id) => app.bounds(id)).filter((box) => this.isVisible(box));
		const centres = aims.map((box) => ({ x: box.x + box.w / 2, y: box.y + box.h / 2 }));
		const distance = (at) => Math.hypot(at.x - middle.x, at.y - middle.y);
		const aim = centres.sort((a, b) => distance(a) - distance(b))[0] ?? middle, at = this.toScreen(aim.x, aim.y);
		this.zoom(factor, frame.left + at.x, frame.top + at.y);
	}
	/// Brings a node into view where it is outside.
	reveal(id) {
		const box = this.app.bounds(id), from = this.toScreen(box.x, box.y), s = this.view.scale;
		if (from.x >= 0 && from.y >= 0 && from.x + box.w * s <= this.width && from.y + box.h * s <= this.height) return;
		this.setView({ x: box.x + box.w / 2 - this.width / 2 / s, y: box.y + box.h / 2 - this.height / 2 / s });
	}

	isVisible(box) {
		const { x, y } = this.toScreen(box.x, box.y), s = this.view.scale;
		return x < this.width && y < this.height && x + box.w * s > 0 && y + box.h * s > 0;
	}

	/// Nodes that are shown as cards with controls.
	cardIds() {
		if (this.view.scale < cardScale) return [];
		const ids = [...this.app.patch.nodes.keys()].filter((id) => this.isVisible(this.app.bounds(id)));
		return ids.length <= mostCards ? ids : [];
	}

	// MARK: Hits

	cableCurves() {
		if (this.curves) return this.curves;
		this.curves = new Map();
		const { patch } = this.app, isLarge = patch.nodes.size > mostRouted, boxes = isLarge ? [] : [...patch.nodes.keys()].map((id) => this.app.bounds(id));
		for (const [key, cable] of patch.cables) {
			const [from, out] = splitPort(cable.from), [to, input] = splitPort(cable.to);
			if (!patch.nodes.has(from) || !patch.nodes.has(to)) continue;
			const a = this.app.place(from), b = this.app.place(to);
			const p = portPlace(this.app.shape(from), out, true), q = portPlace(this.app.shape(to), input, false);
			const kind = patch.kindOfCable(cable), source = patch.kindOfOutput(cable.from);
			const { points, isFree } = route(a.x + p.x, a.y + p.y, b.x + q.x, b.y + q.y, boxes, this.curves.size);
			this.curves.set(key, { cable, kind, source, points, isHidden: !isFree && !isLarge });
		}
		return this.curves;
	}

	/// The topmost thing at a point of the map: { port, isOut } or { node } or { cable } or {}.
	hit(x, y, slack = 12 / this.view.scale) {
		const ids = [...this.app.patch.nodes.keys()].reverse();
		for (const id of ids) {
			const box = this.app.bounds(id);
			if (x < box.x - slack || x > box.x + box.w + slack || y < box.y || y > box.y + box.h) continue;
			const shape = this.app.shape(id);
			const rowReach = Math.max(12, 9 / this.view.scale), inside = Math.min(slack, box.w * edgePart);
			const near = (ports, left) => {
				const off = (left ? 1 : -1) * (x - box.x - left), away = (port) => Math.abs(y - box.y - port.y);
				if (off > slack || off < -inside) return undefined;
				return ports.filter((port) => away(port) <= rowReach).sort((a, b) => away(a) - away(b))[0];
			};
			const out = near(shape.outs, box.w), input = near(shape.ins, 0);
			if (out) return { node: id, port: `${id}/${out.name}`, isOut: true };
			if (input) return { node: id, port: `${id}/${input.name}`, isOut: false };
			if (x >= box.x && x <= box.x + box.w) {
				const inRow = shape.ins.find((port) => Math.abs(y - box.y - port.y) <= 12);
				return { node: id, row: inRow && x < box.x + box.w * 0.6 ? `${id}/${inRow.name}` : undefined, isHeader: y < box.y + header };
			}
		}
		return { cable: this.cableAt(x, y) };
	}
	cableAt(x, y, reach = 8 / this.view.scale) {
		let best = reach, found;
		for (const [key, { points }] of this.cableCurves()) {
			const ends = points.filter((_, i) => i % 2 === 0);
			if (x < Math.min(...ends) - reach || x > Math.max(...ends) + reach) continue;
			const distance = distanceTo(points, x, y);
			if (distance < best) [best, found] = [distance, key];
		}
		return found;
	}

	// MARK: Drawing

	/// The level of a port in dB; it falls slowly.
	level(port) {
		return this.shown.get(port) ?? -127.5;
	}
	updateLevels(now) {
		const step = Math.min(0.25, (now - (this.lastFrame ?? now)) / 1000) * fall;
		this.lastFrame = now;
		let falls = false;
		for (const [port, byte] of this.app.levels) {
			const value = decibels(byte), last = this.shown.get(port) ?? -127.5;
			const shown = value >= last ? value : Math.max(value, last - step);
			if (shown > value + 0.5 && shown > -70) falls = true;
			this.shown.set(port, shown);
		}
		return falls;
	}

	draw(now) {
		const started = performance.now(), c = this.context, { scale, x, y } = this.view;
		const falls = this.updateLevels(now);
		c.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
		c.fillStyle = this.theme.ground;
		c.fillRect(0, 0, this.width, this.height);
		this.drawGrid(c);
		c.setTransform(this.ratio * scale, 0, 0, this.ratio * scale, -x * scale * this.ratio, -y * scale * this.ratio);
		this.drawFrames(c);
		this.drawCables(c, false);
		this.cards = new Set(this.cardIds());
		const faults = this.faults();
		this.drawNodes(c, faults);
		this.drawCables(c, false, true);
		for (const [id, message] of faults) if (this.app.patch.nodes.has(id)) this.drawFault(c, message, this.app.bounds(id));
		this.drawTitles(c);
		this.drawTop();
		this.scriptTime = performance.now() - started; // milliseconds
		if (this.app.patch.nodes.size) this.firstPatch ??= performance.now(); // since the page was asked for
		this.dispatchEvent(new Event("frame"));
		if (falls) this.redraw();
	}

	drawGrid(c) {
		let step = gridStep * this.view.scale;
		while (step < 16) step *= 4;
		c.fillStyle = this.theme.grid;
		const left = -((this.view.x * this.view.scale) % step), top = -((this.view.y * this.view.scale) % step);
		for (let i = left; i < this.width; i += step) for (let j = top; j < this.height; j += step) c.fillRect(i, j, 1, 1);
	}

	drawFrames(c) {
		for (const { label, rect } of this.app.patch.rest.frames ?? []) {
			const [x, y, w, h] = rect;
			c.fillStyle = this.theme.frame;
			rounded(c, x, y, w, h, 10);
			c.fill();
			c.fillStyle = this.theme.dim;
			c.font = "600 14px system-ui, sans-serif";
			c.fillText(label ?? "", x + 10, y + 18);
		}
	}

	/// Cables of the selected and the hovered node are `near`: above all boxes, the others dimmed. Width shows the level.
	/// Those that pass behind boxes are drawn again, `isThrough`: faintly above them.
	drawCables(c, isTop, isThrough = false) {
		const { selectedCable, selected } = this.app, dims = selected.size > 0 || selectedCable, unit = 1 / Math.min(1, this.view.scale * 1.25);
		c.lineCap = "round";
		const isFar = this.view.scale < farScale && this.app.patch.nodes.size > manyNodes, { hubs } = isFar ? this.parts() : {};
		for (const [key, { cable, kind, source, points, isHidden }] of this.cableCurves()) {
			if (isThrough && !isHidden) continue;
			const isSelected = key === selectedCable || key === this.overlay?.cableTarget, from = nodeOf(cable.from), to = nodeOf(cable.to);
			const isNear = isSelected || selected.has(from) || selected.has(to) || (this.hovered && (from === this.hovered || to === this.hovered));
			if (Boolean(isNear) !== isTop) continue;
			const loud = Math.min(1, Math.max(0, (this.level(cable.from) + 60) / 60));
			const isOfMany = hubs && kind !== "audio" && (hubs.has(from) || hubs.has(to));
			c.globalAlpha = this.overlay?.replugs === key ? 0.15 : isNear ? 1 : isThrough || isOfMany ? 0.25 : dims ? 0.3 : 0.85;
			c.strokeStyle = this.theme[kind];
			if (source !== kind && this.view.scale >= dotScale) c.strokeStyle = this.fading(c, points, source, kind);
			c.lineWidth = isSelected ? 4 * unit : isOfMany ? unit : (1.2 + 2 * loud) * unit;
			c.setLineDash(this.app.session.committed.cables.has(key) ? [] : [7, 5]);
			trace(c, points);
			c.stroke();
			if (isSelected || (isNear && cable.amount !== 1 && this.view.scale > 0.6)) this.drawAmount(c, cable, points, isSelected);
		}
		c.setLineDash([]);
		c.globalAlpha = 1;
	}

	/// The output's colour at its end, then that of what is driven.
	fading(c, [x, y], source, kind) {
		const colour = c.createRadialGradient(x, y, 6, x, y, 44);
		colour.addColorStop(0, this.theme[source]);
		colour.addColorStop(1, this.theme[kind]);
		return colour;
	}

	/// Titles of connected parts, and of nodes with many neighbours.
	parts() {
		if (this.titles) return this.titles;
		const { patch } = this.app, boxes = [...patch.nodes.keys()].map((id) => ({ id, ...this.app.bounds(id) }));
		const edges = [...patch.cables.values()].map(({ from, to }) => ({ from: nodeOf(from), to: nodeOf(to) })).filter(({ from, to }) => patch.nodes.has(from) && patch.nodes.has(to));
		const { sources, sinks, parts } = blocksOf(boxes, edges), single = [...sources, ...sinks].map((box) => ({ text: box.id, box }));
		const titled = parts.map((part) => ({ text: titleOf(part.map(({ id }) => id)), box: boundsOf(part) })).filter(({ text }) => text);
		return (this.titles = { titles: [...titled, ...single], hubs: new Set(single.map(({ text }) => text)) });
	}
	/// From far the titles of parts instead of the names of nodes.
	drawTitles(c) {
		const { scale } = this.view;
		if (scale >= farScale || this.app.patch.nodes.size <= manyNodes) return;
		const size = 12 / scale;
		c.font = `600 ${size}px system-ui, sans-serif`;
		for (const { text, box } of this.parts().titles) {
			if (!this.isVisible(box)) continue;
			const x = box.x + Math.max(0, (box.w - c.measureText(text).width) / 2), y = box.y + box.h / 2 + size * 0.3;
			this.drawPlate(c, text, x, y, size);
			c.fillStyle = this.theme.text;
			c.fillText(text, x, y);
		}
	}
	/// The ground behind a text, so that no cable crosses it.
	drawPlate(c, text, x, y, size) {
		c.globalAlpha = 0.8;
		c.fillStyle = this.theme.ground;
		rounded(c, x - size * 0.4, y - size * 1.1, c.measureText(text).width + size * 0.8, size * 1.5, size * 0.3);
		c.fill();
		c.globalAlpha = 1;
	}

	drawAmount(c, cable, points, isSelected) {
		const { x, y } = pointOn(points, 0.5);
		c.setLineDash([]);
		c.globalAlpha = 1;
		c.beginPath();
		c.arc(x, y, isSelected ? 9 : 5, 0, 7);
		c.fillStyle = this.theme.node;
		c.fill();
		c.lineWidth = 2;
		c.stroke();
		const angle = Math.PI * (0.75 + 1.5 * Math.min(1, Math.abs(cable.amount) / 2));
		c.beginPath();
		c.moveTo(x, y);
		c.lineTo(x + Math.cos(angle) * (isSelected ? 8 : 4), y + Math.sin(angle) * (isSelected ? 8 : 4));
		c.stroke();
	}

	drawNodes(c, faults) {
		const { patch, selected, session } = this.app, { scale } = this.view;
		const foreign = new Map();
		for (const client of session.clients?.values() ?? [])
			if (client.id !== session.client) for (const id of client.selects) foreign.set(id, client);
		for (const id of patch.nodes.keys()) {
			const box = this.app.bounds(id);
			if (!this.isVisible(box)) continue;
			const isDraft = session.committed.nodes.get(id)?.type !== patch.nodes.get(id).type;
			const client = foreign.get(id), isSelected = selected.has(id);
			if (!this.cards.has(id)) {
				c.fillStyle = this.theme.node;
				c.globalAlpha = isDraft ? 0.55 : 1;
				rounded(c, box.x, box.y, box.w, box.h, 6);
				c.fill();
				c.globalAlpha = 1;
				c.lineWidth = 1 / Math.min(1, scale);
				c.strokeStyle = this.theme["node-edge"];
				c.stroke();
				this.drawMeter(c, id, box);
				if (scale >= portScale) this.drawPorts(c, id, box);
				else this.drawLabel(c, id, box);
				if (scale >= dotScale) this.drawDots(c, id, box);
			}
			// Cards show by themselves that they are selected.
			if ((isSelected && !this.cards.has(id)) || client || faults.has(id)) {
				rounded(c, box.x - 3, box.y - 3, box.w + 6, box.h + 6, 9);
				c.strokeStyle = faults.has(id) ? this.theme.bad : isSelected ? this.theme.accent : clientColour(client.id);
				c.lineWidth = Math.max(2, 2 / scale);
				c.stroke();
				if (client && !isSelected) {
					c.fillStyle = clientColour(client.id);
					c.font = `600 ${11 / Math.min(1, scale)}px system-ui, sans-serif`;
					c.fillText(client.name || `client ${client.id}`, box.x, box.y - 8);
				}
			}
		}
	}

	/// Nodes with an error of this page that came in the last minute, and its words.
	faults() {
		const found = new Map();
		for (const { place, time, message, author } of this.app.problems)
			if (place && !author && Date.now() - time < 60_000 && !found.has(nodeOf(place))) found.set(nodeOf(place), message);
		return found;
	}
	drawFault(c, message, box) {
		const size = 12 / Math.min(1, this.view.scale), y = box.y + box.h + size * 1.7;
		c.font = `600 ${size}px system-ui, sans-serif`;
		const text = this.fitted(c, message, Math.max(box.w * 2, 420));
		this.drawPlate(c, text, box.x, y, size);
		c.fillStyle = this.theme.bad;
		c.fillText(text, box.x, y);
	}

	drawLabel(c, id, box) {
		const { scale } = this.view, node = this.app.patch.nodes.get(id);
		if (scale < (this.app.patch.nodes.size > manyNodes ? farScale : leastScale)) return;
		const size = Math.max(13, 12 / scale), margin = Math.min(16, 6 / scale), name = node.label || id;
		c.fillStyle = this.theme.text;
		c.font = `600 ${size}px system-ui, sans-serif`;
		const part = Math.max(0.75, Math.min(1, (box.w - 2 * margin) / c.measureText(name).width)); // smaller before it is cut
		c.font = `600 ${size * part}px system-ui, sans-serif`;
		c.fillText(this.fitted(c, name, box.w - 2 * margin), box.x + margin, box.y + Math.min(size + 4, box.h - 10));
		if (scale <= 0.28 || size * 1.85 + 10 > box.h - 12 || isNamedBy(name, node.type)) return;
		c.fillStyle = this.theme.dim;
		c.font = `${size * 0.85}px system-ui, sans-serif`;
		c.fillText(this.fitted(c, node.type, box.w - 2 * margin), box.x + margin, box.y + size * 1.85 + 8);
	}

	/// The name, the type and the names of the ports.
	drawPorts(c, id, box) {
		const node = this.app.patch.nodes.get(id), shape = this.app.shape(id), size = Math.max(13, 11 / this.view.scale), small = size * 0.85;
		c.fillStyle = this.theme.text;
		c.font = `600 ${size}px system-ui, sans-serif`;
		const name = this.fitted(c, node.label || id, box.w - 20), used = c.measureText(name).width;
		c.fillText(name, box.x + 10, box.y + header - 8);
		c.fillStyle = this.theme.dim;
		c.font = `${small}px system-ui, sans-serif`;
		if (box.w - used - 28 > 3 * small && !isNamedBy(name, node.type)) c.fillText(this.fitted(c, node.type, box.w - used - 28), box.x + 18 + used, box.y + header - 8);
		for (const port of shape.ins) c.fillText(this.fitted(c, port.name, box.w * 0.58), box.x + 12, box.y + port.y + small * 0.35);
		c.textAlign = "right";
		for (const port of shape.outs) c.fillText(this.fitted(c, port.name, box.w * 0.36), box.x + box.w - 12, box.y + port.y + small * 0.35);
		c.textAlign = "left";
	}

	drawDots(c, id, box) {
		const { patch, registry } = this.app, shape = this.app.shape(id), { type } = patch.nodes.get(id), size = Math.max(4.5, 2.4 / this.view.scale);
		const used = this.usedPorts();
		const dot = (x, y, kind, port) => {
			c.beginPath();
			c.arc(x, y, this.hoveredPort === port ? size * 1.7 : size, 0, 7);
			c.fillStyle = used.has(port) ? this.theme[kind] : this.theme.node;
			c.fill();
			if (used.has(port)) return;
			c.strokeStyle = this.theme[kind];
			c.lineWidth = size * 0.4;
			c.stroke();
		};
		for (const port of shape.ins) dot(box.x, box.y + port.y, registry.kindOfInput(type, port.name), `${id}/${port.name}`);
		for (const port of shape.outs) dot(box.x + box.w, box.y + port.y, patch.kindOfOutput(`${id}/${port.name}`), `${id}/${port.name}`);
	}

	/// The ports at which cables end.
	usedPorts() {
		const curves = this.cableCurves();
		if (this.usedOf !== curves) {
			this.usedOf = curves;
			this.used = new Set([...curves.values()].flatMap(({ cable }) => [cable.from, cable.to]));
		}
		return this.used;
	}

	/// A text that fits a width, in the context's font; its end is an ellipsis where it is cut.
	fitted(c, text, width) {
		const key = `${text} ${c.font} ${Math.round(width)}`;
		let known = (this.texts ??= new Map()).get(key);
		if (known !== undefined) return known;
		known = text;
		for (let count = text.length; count > 0 && c.measureText(known).width > width; ) known = text.slice(0, --count) + "…";
		if (this.texts.size > 4000) this.texts.clear();
		this.texts.set(key, known);
		return known;
	}

	/// The node and the port under the pointer.
	setHovered(node, port) {
		if (node === this.hovered && port === this.hoveredPort) return;
		[this.hovered, this.hoveredPort] = [node, port];
		this.redraw();
	}

	drawMeter(c, id, box) {
		const outs = this.app.shape(id).outs;
		if (!outs.length) return;
		const db = Math.max(...outs.map((port) => this.level(`${id}/${port.name}`)));
		const kind = this.app.patch.kindOfOutput(`${id}/${outs[0].name}`);
		const part = Math.min(1, Math.max(0, (db + 60) / 60));
		c.fillStyle = db > -0.1 && kind === "audio" ? this.theme.bad : this.theme[kind];
		c.fillRect(box.x + 8, box.y + box.h - 7, (box.w - 16) * part, 3);
	}

	drawTop() {
		const { selected, selectedCable } = this.app, hasNear = selected.size > 0 || selectedCable || this.hovered || this.overlay?.cableTarget;
		const hasMap = this.overview.isUseful();
		if (!this.overlay && !hasNear && !hasMap && !this.hasTop) return;
		const c = this.topContext, { scale, x, y } = this.view;
		c.setTransform(1, 0, 0, 1, 0, 0);
		c.clearRect(0, 0, this.top.width, this.top.height);
		c.setTransform(this.ratio * scale, 0, 0, this.ratio * scale, -x * scale * this.ratio, -y * scale * this.ratio);
		this.hasTop = Boolean(this.overlay || hasNear || hasMap);
		if (hasNear) this.drawCables(c, true);
		if (this.overlay) this.drawOverlay(c, this.overlay);
		c.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
		this.overview.draw(c, hasMap);
	}
	drawOverlay(c, overlay) {
		if (overlay.points) {
			c.strokeStyle = overlay.isBad ? this.theme.bad : this.theme[overlay.kind ?? "audio"];
			c.lineWidth = 3;
			c.setLineDash(overlay.isBad ? [6, 5] : []);
			trace(c, overlay.points);
			c.stroke();
			c.setLineDash([]);
		}
		if (overlay.box) {
			const { x, y, w, h } = overlay.box;
			rounded(c, x - 4, y - 4, w + 8, h + 8, 8);
			c.strokeStyle = overlay.isBad ? this.theme.bad : this.theme.accent;
			c.lineWidth = 2.5;
			c.stroke();
		}
		if (overlay.area) {
			const { x, y, w, h } = overlay.area;
			c.strokeStyle = this.theme.accent;
			c.lineWidth = 1 / this.view.scale;
			c.strokeRect(x, y, w, h);
		}
	}
}

function rounded(c, x, y, w, h, radius) {
	c.beginPath();
	c.roundRect(x, y, w, h, radius);
}
function trace(c, points) {
	c.beginPath();
	c.moveTo(points[0], points[1]);
	for (let i = 2; i < points.length; i += 6) c.bezierCurveTo(points[i], points[i + 1], points[i + 2], points[i + 3], points[i + 4], points[i + 5]);
}
