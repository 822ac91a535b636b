// The map outside its window: a small map of the whole patch, and at the edges the names of ports to which
// the cables of the selected or hovered node lead.
import { boundsOf } from "./geometry.js";
import { nodeOf, splitPort } from "./patch.js";

const inset = 12, fontSize = 11; // pixels

export class Overview {
	constructor(app, stage) {
		Object.assign(this, { app, stage, markers: [] });
	}

	/// True where nodes are outside the window.
	isUseful() {
		const { nodes } = this.app.patch, { width, height } = this.stage;
		if (!nodes.size || width < 320) return false;
		this.bounds = boundsOf([...nodes.keys()].map((id) => this.app.bounds(id)));
		const from = this.stage.toScreen(this.bounds.x, this.bounds.y), { scale } = this.stage.view;
		return from.x < -1 || from.y < -1 || from.x + this.bounds.w * scale > width + 1 || from.y + this.bounds.h * scale > height + 1;
	}
	/// The small map in the window: its frame, and the scale of the patch in it.
	get frame() {
		const { width } = this.stage, { x, y, w, h } = this.bounds, size = width < 600 ? [96, 64] : [144, 96];
		const scale = Math.min((size[0] - 8) / w, (size[1] - 8) / h);
		const frame = { x: width - size[0] - inset, y: inset, w: size[0], h: size[1] };
		return { ...frame, scale, left: frame.x + (frame.w - w * scale) / 2 - x * scale, top: frame.y + (frame.h - h * scale) / 2 - y * scale };
	}

	draw(c, isMapShown) {
		this.isShown = isMapShown;
		this.markers = [];
		this.drawMarkers(c);
		if (isMapShown) this.drawMap(c);
	}
	drawMap(c) {
		const { theme, view, width, height } = this.stage, { x, y, w, h, scale, left, top } = this.frame;
		panel(c, x, y, w, h, theme, 0.92);
		c.save();
		c.clip();
		for (const id of this.app.patch.nodes.keys()) {
			const box = this.app.bounds(id);
			c.fillStyle = this.app.selected.has(id) ? theme.accent : theme.dim;
			c.globalAlpha = 0.7;
			c.fillRect(left + box.x * scale, top + box.y * scale, Math.max(1.5, box.w * scale), Math.max(1.5, box.h * scale));
		}
		c.globalAlpha = 1;
		c.strokeStyle = theme.accent;
		c.lineWidth = 1.5;
		c.strokeRect(left + view.x * scale, top + view.y * scale, (width / view.scale) * scale, (height / view.scale) * scale);
		c.restore();
	}

	/// The other ends of the cables of selected or hovered nodes, where they are outside.
	drawMarkers(c) {
		const { stage, app } = this, { selected } = app, { theme, width, height, hovered } = stage, seen = new Set();
		const isNear = (id) => selected.has(id) || id === hovered, isOutside = ({ x, y }) => x < 0 || x > width || y < 0 || y > height;
		c.font = `600 ${fontSize}px system-ui, sans-serif`;
		for (const { cable, points, kind } of stage.cableCurves().values()) {
			const begin = stage.toScreen(...points.slice(0, 2)), end = stage.toScreen(...points.slice(-2));
			for (const [own, ownPlace, port, place, arrow] of [[cable.from, begin, cable.to, end, "→"], [cable.to, end, cable.from, begin, "←"]]) {
				const id = nodeOf(port);
				if (!isNear(nodeOf(own)) || seen.has(port) || seen.size > 20 || isOutside(ownPlace) || !isOutside(place)) continue;
				seen.add(port);
				const text = `${arrow} ${splitPort(port)[0]}/${splitPort(port)[1]}`, w = c.measureText(text).width + 12, h = 24;
				const x = Math.min(width - w - 4, Math.max(4, place.x - (place.x > width ? w : 0)));
				const box = { x, y: Math.min(height - h - 44, Math.max(4, place.y - h / 2)), w, h, node: id };
				while (this.markers.some((other) => Math.abs(other.y - box.y) < h && other.x < box.x + w && box.x < other.x + other.w)) box.y += h + 2;
				this.markers.push(box);
				panel(c, box.x, box.y, w, h, theme, 0.95);
				c.fillStyle = theme[kind];
				c.fillText(text, box.x + 6, box.y + 16);
			}
		}
	}

	/// Returns the hit at a point of the screen: { node } for the name of a port, { isMap } for the small map.
	hit(clientX, clientY) {
		const frame = this.stage.element.getBoundingClientRect(), x = clientX - frame.left, y = clientY - frame.top;
		const isIn = (box) => x >= box.x && x <= box.x + box.w && y >= box.y && y <= box.y + box.h;
		if (this.isShown && isIn(this.frame)) return { isMap: true };
		return this.markers.find(isIn);
	}
	/// Moves the window to a point of the small map.
	moveTo(clientX, clientY) {
		const frame = this.stage.element.getBoundingClientRect(), { left, top, scale } = this.frame, { view, width, height } = this.stage;
		const x = (clientX - frame.left - left) / scale, y = (clientY - frame.top - top) / scale;
		this.stage.setView({ x: x - width / 2 / view.scale, y: y - height / 2 / view.scale });
	}
}

function panel(c, x, y, w, h, theme, alpha) {
	c.beginPath();
	c.roundRect(x, y, w, h, 6);
	c.globalAlpha = alpha;
	c.fillStyle = theme.node;
	c.fill();
	c.globalAlpha = 1;
	c.strokeStyle = theme["node-edge"];
	c.lineWidth = 1;
	c.stroke();
}
