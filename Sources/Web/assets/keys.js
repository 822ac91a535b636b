// A piano keyboard for the mouse, touch and the computer's keys.
import { make } from "./cards.js";
import { keyName } from "./units.js";

const lowest = 24, highest = 96;
const computerKeys = "zsxdcvgbhnjm,l.;/"; // from the lowest row upwards: a piano from C on
const upperKeys = "q2w3er5t6y7ui9o0p";

export class Keys {
	constructor(app, panel) {
		Object.assign(this, { app, panel });
		this.keyboard = panel.querySelector("[data-part=keyboard]");
		this.velocity = panel.querySelector("input[type=range]");
		this.octave = 48;
		this.sounding = new Map();
		this.build();
		for (const button of panel.querySelectorAll("[data-octave]")) button.addEventListener("click", () => this.shift(Number(button.dataset.octave)));
		addEventListener("blur", () => this.releaseAll());
	}
	build() {
		for (let key = lowest; key <= highest; key++) {
			const isBlack = [1, 3, 6, 8, 10].includes(key % 12), button = make("button", isBlack ? "black" : "white");
			button.dataset.key = key;
			button.tabIndex = key === 60 ? 0 : -1;
			button.setAttribute("aria-label", keyName(key));
			if (key % 12 === 0) button.append(make("span", "", keyName(key)));
			button.addEventListener("pointerdown", (event) => {
				button.releasePointerCapture?.(event.pointerId);
				this.start(key);
			});
			button.addEventListener("pointerenter", (event) => event.buttons & 1 && this.start(key));
			for (const name of ["pointerup", "pointerleave", "pointercancel"]) button.addEventListener(name, () => this.stop(key));
			button.addEventListener("keydown", (event) => {
				const move = { ArrowRight: 1, ArrowLeft: -1, ArrowUp: 12, ArrowDown: -12 }[event.key];
				if (move) this.keyboard.querySelector(`[data-key="${key + move}"]`)?.focus();
				else if (event.key === " " || event.key === "Enter") !event.repeat && this.start(key);
				else return;
				event.preventDefault();
				event.stopPropagation();
			});
			button.addEventListener("keyup", (event) => (event.key === " " || event.key === "Enter") && this.stop(key));
			this.keyboard.append(button);
		}
	}

	mark(key, isOn) {
		this.keyboard.querySelector(`[data-key="${key}"]`)?.classList.toggle("on", isOn);
	}
	start(key) {
		if (this.sounding.has(key)) return;
		this.mark(key, true);
		this.sounding.set(key, this.app.connection.request("/note/on", key, Number(this.velocity.value)).then(
			(reply) => reply.values[0],
			(failure) => {
				this.sounding.delete(key);
				this.mark(key, false);
				this.app.report(failure);
			}));
	}
	async stop(key) {
		const note = this.sounding.get(key);
		if (!note) return;
		this.sounding.delete(key);
		this.mark(key, false);
		const id = await note;
		if (id !== undefined) this.app.connection.post("/note/off", { int: id });
	}
	releaseAll() {
		for (const key of this.sounding.keys()) this.stop(key);
	}

	/// The computer's keys play while the keyboard is shown. Returns whether the event was a note.
	press(event, isDown) {
		if (this.panel.hidden || event.ctrlKey || event.metaKey || event.altKey) return false;
		const low = computerKeys.indexOf(event.key), high = upperKeys.indexOf(event.key);
		const key = low >= 0 ? this.octave + low : high >= 0 ? this.octave + 12 + high : undefined;
		if (key === undefined) return false;
		if (!isDown) this.stop(key);
		else if (!event.repeat) this.start(key);
		return true;
	}
	/// Shifts the computer's keys, and the part of the keyboard that is seen.
	shift(keys) {
		this.octave = Math.min(highest - 24, Math.max(lowest, this.octave + keys));
		this.show();
	}
	/// Begins with the octave of the computer's keys; with the middle one where only a part fits.
	show() {
		const { keyboard } = this;
		if (!this.isKnown && keyboard.clientWidth < 600) this.octave = 60; // a phone has no keys
		this.isKnown = true;
		const first = keyboard.querySelector(`[data-key="${this.octave}"]`);
		this.panel.querySelector("[data-part=octave]").textContent = keyName(this.octave);
		keyboard.scrollLeft = first.offsetLeft - keyboard.offsetLeft;
	}
	hide() {
		this.releaseAll();
	}
}
