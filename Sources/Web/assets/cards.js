// Nodes that are near and big, as elements with controls, above the canvas.
import { Knob } from "./knob.js";
import { header, row } from "./geometry.js";
import { format } from "./units.js";

export class Cards {
	constructor(app, stage, element) {
		Object.assign(this, { app, stage, element });
		this.cards = new Map();
		stage.addEventListener("frame", () => this.update());
		app.addEventListener("patch", () => this.rebuild());
		app.addEventListener("values", (event) => this.updateValue(event.detail.id, event.detail.name));
	}

	rebuild() {
		for (const card of this.cards.values()) card.element.remove();
		this.cards.clear();
		this.stage.redraw();
	}

	updateValue(id, name) {
		const card = this.cards.get(id);
		card?.knobs.get(name)?.update();
		const text = card?.texts.get(name);
		if (text) text.textContent = this.valueText(id, name);
	}
	valueText(id, name) {
		const spec = this.app.registry.input(this.app.patch.nodes.get(id)?.type, name);
		// A gate that a cable switches is neither on nor off.
		if (spec?.type === "bool" && this.app.patch.cablesInto(id).some(({ to }) => to === `${id}/${name}`)) return "cable";
		return spec ? format(this.app.patch.value(id, name), spec) : "";
	}

	update() {
		const { view, cards: shown } = this.stage;
		this.element.style.transform = `scale(${view.scale}) translate(${-view.x}px, ${-view.y}px)`;
		for (const [id, card] of this.cards) {
			if (shown.has(id)) continue;
			if (card.element.contains(document.activeElement)) continue;
			card.element.remove();
			this.cards.delete(id);
		}
		for (const id of shown) {
			let card = this.cards.get(id);
			if (!card) {
				card = this.build(id);
				this.cards.set(id, card);
				this.element.append(card.element);
			}
			const { x, y } = this.app.place(id);
			if (card.x !== x || card.y !== y) {
				card.element.style.transform = `translate(${x}px, ${y}px)`;
				[card.x, card.y] = [x, y];
			}
			card.element.classList.toggle("selected", this.app.selected.has(id));
			for (const [port, bar] of card.meters) {
				const db = this.stage.level(port);
				bar.style.transform = `scaleX(${Math.min(1, Math.max(0, (db + 60) / 60)).toFixed(3)})`;
				bar.classList.toggle("clips", db > -0.1 && bar.dataset.kind === "audio");
			}
		}
	}

	build(id) {
		const { app } = this, node = app.patch.nodes.get(id), module = app.registry.get(node.type), shape = app.shape(id);
		const element = make("div", "card");
		element.dataset.node = id;
		element.style.width = shape.w + "px";
		element.style.height = shape.h + "px";
		element.classList.toggle("draft", app.session.committed.nodes.get(id)?.type !== node.type);
		const head = make("div", "head");
		head.append(make("span", "id", node.label || id), make("span", "type", isNamedBy(node.label || id, node.type) ? "" : node.type));
		if (module) head.title = module.summary;
		element.append(head);
		const cables = [...app.patch.cables.values()], used = (name, end) => (cables.some((cable) => cable[end] === `${id}/${name}`) ? "" : " free");
		const knobs = new Map(), meters = new Map(), texts = new Map();
		for (const port of shape.ins) {
			const spec = module?.ports.get(port.name), line = make("div", "in");
			line.style.top = `${port.y - row / 2}px`;
			const dot = make("span", `dot ${app.registry.kindOfInput(node.type, port.name)}${used(port.name, "to")}`);
			dot.dataset.port = `${id}/${port.name}`;
			line.append(dot);
			const name = make("span", "name", port.name);
			name.title = spec?.summary ?? "";
			if (spec && spec.type !== "signal") {
				if (spec.type === "float" || spec.type === "int") {
					const knob = new Knob({
						spec, label: `${id} ${port.name}`, isSmall: true,
						get: () => app.patch.value(id, port.name),
						set: (value) => app.setValue(id, port.name, value),
						reset: () => app.setValue(id, port.name, spec.default),
						type: () => {
							app.select([id]);
							document.querySelector(`#inspector [aria-label="${id} ${port.name}, typed"]`)?.focus();
						},
					});
					knobs.set(port.name, knob);
					line.append(knob.element);
				}
				line.append(name);
				const text = make("span", "number", this.valueText(id, port.name));
				texts.set(port.name, text);
				line.append(text);
			} else line.append(name);
			element.append(line);
		}
		for (const port of shape.outs) {
			const line = make("div", "out");
			line.style.top = `${port.y - row / 2}px`;
			const bar = make("i", "meter"), dot = make("span", `dot ${app.patch.kindOfOutput(`${id}/${port.name}`)}${used(port.name, "from")}`);
			dot.dataset.port = `${id}/${port.name}`;
			bar.dataset.kind = app.patch.kindOfOutput(`${id}/${port.name}`);
			meters.set(`${id}/${port.name}`, bar);
			const name = make("span", "name", port.name);
			name.append(bar);
			line.append(name, dot);
			element.append(line);
		}
		if (shape.hidden > 0) {
			const more = make("span", "more", `+${shape.hidden}`);
			more.title = `${shape.hidden} more inputs: select the node`;
			more.style.top = `${header - 22}px`;
			element.append(more);
		}
		return { element, knobs, meters, texts };
	}
}

/// True for a name that says the type already: saw2 of a saw.
export const isNamedBy = (name, type) => name.replace(/\d+$/, "") === type;

export function make(tag, className, text) {
	const element = document.createElement(tag);
	if (className) element.className = className;
	if (text !== undefined) element.textContent = text;
	return element;
}
