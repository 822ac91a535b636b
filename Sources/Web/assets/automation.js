// A curve drawn over time and sent as /lane: one parameter's automation.
import { make } from "./cards.js";
import { splitPort } from "./patch.js";
import { readTheme } from "./theme.js";
import { format, position, valueAt } from "./units.js";

export class AutomationEditor {
	constructor(app, panel) {
		Object.assign(this, { app, panel });
		const find = (name) => panel.querySelector(`[data-part=${name}]`);
		Object.assign(this, { select: find("parameter"), seconds: find("seconds"), curve: find("curve"), canvas: find("canvas"), text: find("points") });
		this.points = [[0.25, 0.8], [1, 0.3]];
		find("send").addEventListener("click", () => this.send());
		find("end").addEventListener("click", () => this.port && app.command(`/lane/${this.port}`));
		this.select.addEventListener("change", () => this.draw());
		this.seconds.addEventListener("input", () => this.draw());
		this.canvas.addEventListener("pointerdown", (event) => this.grab(event));
		this.canvas.addEventListener("dblclick", (event) => this.remove(event));
		app.addEventListener("patch", () => this.show());
	}
	get port() {
		return this.select.value;
	}
	get spec() {
		const [id, name] = splitPort(this.port);
		return this.app.registry.input(this.app.patch.nodes.get(id)?.type, name);
	}
	choose(port) {
		this.show();
		this.select.value = port;
		this.draw();
	}
	show() {
		if (this.panel.hidden) return;
		const { patch, registry } = this.app, chosen = this.port, options = [];
		for (const id of [...patch.nodes.keys()].sort())
			for (const spec of registry.get(patch.nodes.get(id).type)?.parameters ?? [])
				if (spec.type === "float") options.push(new Option(`${id}/${spec.name}`));
		this.select.replaceChildren(...options);
		if (options.some((option) => option.value === chosen)) this.select.value = chosen;
		this.draw();
	}

	at(event) {
		const box = this.canvas.getBoundingClientRect();
		return [(event.clientX - box.left) / box.width, 1 - (event.clientY - box.top) / box.height];
	}
	nearest([x, y], reach = 0.06) {
		const i = this.points.findIndex(([px, py]) => Math.hypot(px - x, (py - y) / 2) < reach);
		return i;
	}
	grab(event) {
		this.canvas.setPointerCapture(event.pointerId);
		let i = this.nearest(this.at(event));
		if (i < 0) {
			this.points.push(this.at(event));
			this.points.sort((a, b) => a[0] - b[0]);
			i = this.nearest(this.at(event));
		}
		const move = (next) => {
			const [x, y] = this.at(next), low = i ? this.points[i - 1][0] + 0.005 : 0.005, high = this.points[i + 1]?.[0] ?? 1.005;
			this.points[i] = [Math.min(high - 0.005, Math.max(low, x)), Math.min(1, Math.max(0, y))];
			this.draw();
		};
		const end = () => {
			this.canvas.removeEventListener("pointermove", move);
			this.canvas.removeEventListener("pointerup", end);
		};
		this.canvas.addEventListener("pointermove", move);
		this.canvas.addEventListener("pointerup", end);
		this.draw();
	}
	remove(event) {
		const i = this.nearest(this.at(event));
		if (i >= 0 && this.points.length > 1) this.points.splice(i, 1);
		this.draw();
	}

	draw() {
		const { canvas, spec } = this;
		if (!spec || !canvas.clientWidth) return;
		const ratio = Math.min(2, devicePixelRatio || 1), w = canvas.clientWidth, h = canvas.clientHeight, theme = readTheme();
		Object.assign(canvas, { width: w * ratio, height: h * ratio });
		const c = canvas.getContext("2d"), [id, name] = splitPort(this.port);
		c.scale(ratio, ratio);
		const start = position(this.app.patch.value(id, name), spec);
		c.strokeStyle = theme.control;
		c.lineWidth = 2;
		c.beginPath();
		c.moveTo(0, (1 - start) * h);
		for (const [x, y] of this.points) c.lineTo(x * w, (1 - y) * h);
		c.stroke();
		c.fillStyle = theme.control;
		for (const [x, y] of this.points) {
			c.beginPath();
			c.arc(x * w, (1 - y) * h, 6, 0, 7);
			c.fill();
		}
		const total = Number(this.seconds.value) || 4;
		this.text.textContent = this.points.map(([x, y]) => `${format(valueAt(y, spec), spec)} at ${(x * total).toFixed(2)} s`).join(", ");
	}

	async send() {
		const { spec, port } = this, total = Number(this.seconds.value) || 4, args = [];
		let last = 0;
		for (const [x, y] of this.points) {
			args.push(valueAt(y, spec), (x - last) * total);
			if (this.curve.value !== "linear") args.push(this.curve.value);
			last = x;
		}
		await this.app.command(`/lane/${port}`, ...args);
	}
}

export { make };
