// Snapshots as pads, to recall and morph between; macros as sliders.
import { make } from "./cards.js";
import { Knob } from "./knob.js";
import { openMenu } from "./menu.js";

export class Snapshots {
	constructor(app, panel) {
		Object.assign(this, { app, panel });
		this.pads = panel.querySelector("[data-part=pads]");
		this.seconds = panel.querySelector("[data-part=seconds]");
		panel.querySelector("[data-part=save]").addEventListener("click", () => this.save());
		app.addEventListener("patch", () => this.show());
	}
	get names() {
		return Object.keys(this.app.patch.rest.snapshots ?? {});
	}
	async save() {
		const name = prompt("Name of the snapshot", `scene-${this.names.length + 1}`);
		if (name) await this.app.command("/snap/save", name);
	}
	show() {
		if (this.panel.hidden) return;
		const mark = this.names.join();
		if (mark === this.mark) return;
		this.mark = mark;
		this.pads.replaceChildren(...this.names.map((name) => this.pad(name)));
		if (!this.names.length) this.pads.append(make("p", "hint", "A snapshot keeps all parameters. Save one, change the sound, save another; drag from pad to pad to morph."));
	}
	/// Click recalls; a drag from one pad towards another morphs between the two.
	pad(name) {
		const button = make("button", "pad", name);
		button.addEventListener("pointerdown", (event) => {
			if (event.button !== 0) return;
			button.setPointerCapture(event.pointerId);
			const x = event.clientX, y = event.clientY;
			let target, amount = 0;
			const move = (next) => {
				if (Math.hypot(next.clientX - x, next.clientY - y) < 6 && !target) return;
				const others = [...this.pads.querySelectorAll(".pad")].filter((pad) => pad !== button);
				const distance = (pad) => {
					const box = pad.getBoundingClientRect();
					return Math.hypot(box.left + box.width / 2 - next.clientX, box.top + box.height / 2 - next.clientY);
				};
				const near = others.sort((a, b) => distance(a) - distance(b))[0];
				if (!near) return;
				const box = near.getBoundingClientRect(), whole = Math.hypot(box.left + box.width / 2 - x, box.top + box.height / 2 - y);
				target = near;
				amount = Math.min(1, Math.max(0, 1 - distance(near) / whole));
				button.style.setProperty("--morph", String(amount));
				this.morph(name, near.textContent, amount);
			};
			const end = () => {
				button.removeEventListener("pointermove", move);
				button.removeEventListener("pointerup", end);
				button.style.removeProperty("--morph");
				if (!target) this.recall(name);
			};
			button.addEventListener("pointermove", move);
			button.addEventListener("pointerup", end);
		});
		button.addEventListener("keydown", (event) => {
			if (event.key === "Enter" || event.key === " ") this.recall(name);
			else if (event.key === "Delete") this.app.command("/snap/delete", name);
			else return;
			event.preventDefault();
			event.stopPropagation();
		});
		button.addEventListener("contextmenu", (event) => {
			event.preventDefault();
			openMenu(event.clientX, event.clientY, [
				{ label: "Overwrite with the sound now", run: () => this.app.command("/snap/save", name) },
				{ label: "Delete", run: () => this.app.command("/snap/delete", name) },
			]);
		});
		return button;
	}
	recall(name) {
		return this.app.command("/snap/recall", name, Number(this.seconds.value) || 0);
	}
	morph(a, b, x) {
		this.next = [a, b, x];
		if (this.isMorphing) return;
		this.isMorphing = true;
		requestAnimationFrame(async () => {
			await this.app.command("/snap/morph", ...this.next);
			this.isMorphing = false;
		});
	}
}

const macroSpec = { type: "float", minimum: 0, maximum: 1, default: 0, unit: "", curve: "linear" };

export class Macros {
	constructor(app, panel) {
		Object.assign(this, { app, panel });
		app.addEventListener("patch", () => this.show());
		this.knobs = new Map();
	}
	show() {
		const macros = this.app.patch.rest.macros ?? [], mark = JSON.stringify(macros.map(({ name, label, targets }) => [name, label, targets]));
		if (mark !== this.mark) {
			this.mark = mark;
			this.knobs.clear();
			this.panel.replaceChildren(...macros.map((macro) => this.slider(macro)));
			if (!macros.length) this.panel.append(make("p", "hint", "A macro drives one or more parameters. Right-click a knob (on a phone press it for long) and choose “Make a macro”."));
		}
		for (const [name, knob] of this.knobs) knob.update(name);
	}
	value(name) {
		return this.app.patch.rest.macros?.find((macro) => macro.name === name)?.value ?? 0;
	}
	slider({ name, label, targets }) {
		const cell = make("div", "cell macro");
		cell.title = targets.map(({ param, from, to }) => `${param}: ${from} … ${to}`).join("\n");
		const knob = new Knob({
			spec: macroSpec, label: label || name, get: () => this.value(name),
			set: (value) => this.app.connection.post(`/macro/${name}`, value), reset: () => {},
			menu: (event) => {
				event.preventDefault();
				openMenu(event.clientX, event.clientY, [
					{ label: "MIDI learn", run: () => this.app.command("/midi/learn", `/macro/${name}`) },
					{ label: "Remove macro", run: () => this.app.edit([["/macro/remove", name]], { commits: false }) },
				]);
			},
		});
		this.knobs.set(name, knob);
		cell.append(make("span", "name", label || name), knob.element);
		return cell;
	}
}
