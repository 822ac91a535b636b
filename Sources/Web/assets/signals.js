// Scope, spectrum and tuner of the selected node, or of the outputs.
import { make } from "./cards.js";
import { readTheme } from "./theme.js";
import { digits, keyName } from "./units.js";

const rate = 25, samples = 512, bands = 96;

export class Signals {
	constructor(app, panel) {
		Object.assign(this, { app, panel });
		this.scope = panel.querySelector("[data-part=scope]");
		this.spectrum = panel.querySelector("[data-part=spectrum]");
		this.tuner = panel.querySelector("[data-part=tuner]");
		this.label = panel.querySelector("[data-part=target]");
		app.addEventListener("selection", () => this.follow());
		app.addEventListener("notify", ({ detail }) => this.receive(detail));
		app.addEventListener("status", () => {
			if (app.phase !== "ready") this.target = null;
			else this.follow();
		});
	}
	show() {
		this.follow();
	}
	hide() {
		this.subscribe(null);
	}

	follow() {
		if (this.panel.hidden || this.app.phase !== "ready") return;
		const id = this.app.onlySelected, node = id && this.app.session.committed.nodes.get(id);
		this.subscribe(node && this.app.registry.get(node.type)?.outputs.length ? id : "out");
	}
	subscribe(target) {
		if (target === this.target) return;
		const { connection } = this.app;
		if (this.target) for (const address of ["/scope", "/spectrum", "/tuner"]) connection.post(address, this.target, false);
		this.target = target;
		if (!target) return;
		this.label.textContent = target === "out" ? "Outputs" : target;
		connection.post("/scope", target, true, rate, { int: samples });
		connection.post("/spectrum", target, true, rate, { int: bands });
		connection.post("/tuner", target, true, 10);
	}

	receive({ address, args }) {
		if (this.panel.hidden || args[0] !== this.target) return;
		if (address === "/notify/scope") this.drawScope(args[1] instanceof Uint8Array ? floats(args[1]) : args.slice(1));
		else if (address === "/notify/spectrum") this.drawSpectrum(args[1], args[2], args[3] instanceof Uint8Array ? floats(args[3]) : args.slice(3));
		else if (address === "/notify/tuner") this.showPitch(args);
	}

	prepare(canvas) {
		const ratio = Math.min(2, devicePixelRatio || 1), { clientWidth: w, clientHeight: h } = canvas;
		if (canvas.width !== w * ratio) Object.assign(canvas, { width: w * ratio, height: h * ratio });
		const c = canvas.getContext("2d");
		c.setTransform(ratio, 0, 0, ratio, 0, 0);
		c.clearRect(0, 0, w, h);
		return { c, w, h, theme: (this.theme ??= readTheme()) };
	}
	drawScope(values) {
		const { c, w, h, theme } = this.prepare(this.scope);
		c.strokeStyle = theme["node-edge"];
		c.beginPath();
		c.moveTo(0, h / 2);
		c.lineTo(w, h / 2);
		c.stroke();
		const peak = Math.max(0.05, ...values.map(Math.abs)), scale = peak > 1 ? 1 / peak : 1;
		c.strokeStyle = theme.audio;
		c.lineWidth = 1.5;
		c.beginPath();
		values.forEach((value, i) => c.lineTo((i / (values.length - 1)) * w, h / 2 - value * scale * (h / 2 - 4)));
		c.stroke();
		c.fillStyle = theme.dim;
		c.font = "11px system-ui, sans-serif";
		c.fillText(`±${digits(1 / scale, 2)}`, 6, 13);
	}
	drawSpectrum(low, high, levels) {
		const { c, w, h, theme } = this.prepare(this.spectrum);
		const x = (hz) => (Math.log(hz / low) / Math.log(high / low)) * w;
		c.fillStyle = theme.dim;
		c.font = "11px system-ui, sans-serif";
		for (const hz of [100, 1000, 10000]) if (hz > low && hz < high) c.fillText(hz < 1000 ? `${hz} Hz` : `${hz / 1000} kHz`, x(hz) + 3, 13);
		c.fillStyle = theme.pitch;
		const step = w / levels.length;
		levels.forEach((db, i) => {
			const part = Math.min(1, Math.max(0, (db + 100) / 100));
			c.fillRect(i * step, h - part * (h - 18), Math.max(1, step - 1), part * (h - 18));
		});
	}
	showPitch([, hz, key, certainty]) {
		const isSure = hz > 0 && certainty > 0.5, cents = Math.round((key - Math.round(key)) * 100);
		this.tuner.replaceChildren(make("b", "", isSure ? keyName(key) : "–"), make("span", "", isSure ? `${digits(hz, 4)} Hz, ${cents > 0 ? "+" : ""}${cents} cents` : "no pitch"));
	}
}

const floats = (bytes) => {
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	return Array.from({ length: bytes.length / 4 }, (_, i) => view.getFloat32(i * 4));
};
