// A control of one parameter: a round slider with its value in words.
import { expected, format, inRange, parse, position, valueAt } from "./units.js";

const dragTravel = 160, fine = 0.1; // pixels for the whole range; factor with Shift
const from = -135, sweep = 270; // degrees

export class Knob {
	/// `options`: spec, label, get(), set(value), reset(), menu(event), isSmall; type(), where a value is typed elsewhere.
	constructor(options) {
		this.options = options;
		const { spec, label } = options;
		this.element = document.createElement("div");
		this.element.className = options.isSmall ? "knob small" : "knob";
		this.dial = document.createElement("div");
		this.dial.className = "dial";
		this.dial.tabIndex = options.isSmall ? -1 : 0;
		this.dial.setAttribute("role", "slider");
		this.dial.setAttribute("aria-label", label);
		this.dial.setAttribute("aria-valuemin", String(spec.minimum ?? 0));
		this.dial.setAttribute("aria-valuemax", String(spec.maximum ?? 1));
		this.element.append(this.dial);
		if (!options.isSmall) {
			this.field = document.createElement("input");
			this.field.className = "value";
			this.field.setAttribute("aria-label", `${label}, typed`);
			this.field.spellcheck = false;
			this.field.addEventListener("focus", () => this.field.select());
			this.field.addEventListener("keydown", (event) => this.typed(event));
			this.field.addEventListener("blur", () => this.leave());
			this.field.addEventListener("input", () => this.refuse(""));
			this.note = document.createElement("small");
			this.note.className = "wrong";
			this.note.setAttribute("role", "alert");
			this.element.append(this.field, this.note);
		}
		this.dial.addEventListener("pointerdown", (event) => this.grab(event));
		this.dial.addEventListener("wheel", (event) => this.roll(event), { passive: false });
		this.dial.addEventListener("dblclick", () => (this.field ? this.field.focus() : options.type?.()));
		this.dial.addEventListener("keydown", (event) => this.press(event));
		this.dial.addEventListener("contextmenu", (event) => options.menu?.(event));
		this.update();
	}

	/// Shows the value; not while the field is typed in or the knob is held.
	update() {
		if (this.isHeld) return;
		this.show(this.options.get());
	}
	show(value) {
		const { spec } = this.options, place = position(value, spec);
		this.place = place;
		this.dial.style.setProperty("--turn", `${from + sweep * place}deg`);
		this.dial.style.setProperty("--part", String(place * 0.75));
		const text = format(value, spec);
		this.dial.setAttribute("aria-valuenow", String(typeof value === "number" ? value : place));
		this.dial.setAttribute("aria-valuetext", text);
		if (this.field && document.activeElement !== this.field) this.field.value = text;
		if (this.options.isSmall) this.dial.title = `${this.options.label}: ${text}`;
	}
	/// The range that cables move the value through.
	showRange(lowest, highest) {
		const { spec } = this.options, a = position(lowest, spec), b = position(highest, spec);
		this.dial.classList.toggle("moved", b - a > 0.004);
		this.dial.style.setProperty("--low", `${from + sweep * a}deg`);
		this.dial.style.setProperty("--span", `${Math.max(0, (b - a) * sweep)}deg`);
	}

	set(value) {
		const limited = inRange(value, this.options.spec);
		this.options.set(limited);
		this.show(limited);
	}

	grab(event) {
		if (event.button !== 0) return;
		event.preventDefault();
		event.stopPropagation();
		this.dial.focus({ preventScroll: true });
		this.dial.setPointerCapture(event.pointerId);
		this.isHeld = true;
		this.dial.classList.add("held");
		let place = this.place, last = event.clientY - event.clientX;
		const move = (next) => {
			const now = next.clientY - next.clientX;
			place = Math.min(1, Math.max(0, place + ((last - now) / dragTravel) * (next.shiftKey ? fine : 1)));
			last = now;
			this.set(valueAt(place, this.options.spec));
		};
		const end = () => {
			this.isHeld = false;
			for (const [name, run] of events) this.dial.removeEventListener(name, run);
			this.dial.classList.remove("held");
			this.update();
		};
		const events = [["pointermove", move], ["pointerup", end], ["pointercancel", end]];
		for (const [name, run] of events) this.dial.addEventListener(name, run);
	}

	get step() {
		const { spec } = this.options;
		if (spec.type === "choice") return 1 / Math.max(1, spec.choices.length - 1);
		if (spec.type === "bool") return 1;
		return spec.type === "int" ? 1 / Math.max(1, spec.maximum - spec.minimum) : 0.02;
	}
	nudge(steps, isFine) {
		const isWhole = ["choice", "bool", "int"].includes(this.options.spec.type);
		this.set(valueAt(this.place + steps * this.step * (isFine && !isWhole ? fine : 1), this.options.spec));
	}
	roll(event) {
		event.preventDefault();
		event.stopPropagation();
		this.nudge(event.deltaY < 0 ? 1 : -1, event.shiftKey);
	}
	press(event) {
		const steps = { ArrowUp: 1, ArrowRight: 1, ArrowDown: -1, ArrowLeft: -1, PageUp: 5, PageDown: -5 }[event.key];
		if (steps !== undefined && !event.altKey) this.nudge(steps, event.shiftKey);
		else if (event.key === "Home") this.set(valueAt(0, this.options.spec));
		else if (event.key === "End") this.set(valueAt(1, this.options.spec));
		else if (event.key === "Delete" || event.key === "Backspace") this.options.reset?.();
		else if (event.key === "Enter" || /^[\d.-]$/.test(event.key)) {
			this.field?.focus();
			return;
		} else return;
		event.preventDefault();
		event.stopPropagation();
	}
	typed(event) {
		event.stopPropagation();
		if (event.key === "Escape") this.field.value = format(this.options.get(), this.options.spec);
		else if (event.key !== "Enter") return;
		else if (!this.enter()) return;
		this.field.blur();
	}
	/// Sets what was typed; returns whether it was a value.
	enter() {
		const { spec } = this.options, value = parse(this.field.value, spec);
		this.refuse(value === undefined ? expected(spec) : "");
		if (value !== undefined && this.field.value !== format(this.options.get(), spec)) this.set(value);
		return value !== undefined;
	}
	/// Says what is wrong with what was typed.
	refuse(text) {
		this.note.textContent = text;
		this.field.classList.toggle("bad", Boolean(text));
		this.field.setAttribute("aria-invalid", String(Boolean(text)));
	}
	/// A typed value counts without Enter, too; anything else is replaced by the value that holds.
	leave() {
		this.enter();
		this.refuse("");
		this.update();
	}
}
