// Modules by name and family, to add to the patch.
import { make } from "./cards.js";
import { isPhone } from "./inspector.js";

// Families as a patch is built; others follow.
const familyOrder = ["Oscillators", "Noise", "Samples", "Filters", "Envelopes", "Notes", "Timing", "Mixing", "Shaping", "Effects", "Entrainment", "Meters"];
const rank = ({ family }) => (familyOrder.includes(family) ? familyOrder.indexOf(family) : familyOrder.length);

export class Library {
	constructor(app, actions, stage, element) {
		Object.assign(this, { app, actions, stage });
		this.field = element.querySelector("input");
		this.list = element.querySelector(".modules");
		this.field.value = localStorage.getItem("weft.search") ?? "";
		this.field.addEventListener("input", () => this.show());
		this.field.addEventListener("keydown", (event) => this.press(event));
		this.show();
	}

	show() {
		localStorage.setItem("weft.search", this.field.value);
		const found = this.app.registry.search(this.field.value), families = new Map();
		if (!this.field.value.trim()) found.sort((a, b) => rank(a) - rank(b));
		for (const module of found) families.set(module.family, [...(families.get(module.family) ?? []), module]);
		this.list.replaceChildren();
		for (const [family, modules] of families) {
			const group = make("section");
			group.append(make("h2", "label", family));
			for (const module of modules) group.append(this.item(module));
			this.list.append(group);
		}
		if (!found.length) this.list.append(make("p", "hint", `No module is called “${this.field.value}”. Try filter, osc, env, delay.`));
	}

	item(module) {
		const button = make("button", "module");
		button.append(make("b", "", module.name), make("span", "", module.summary));
		button.draggable = true;
		button.addEventListener("dragstart", (event) => event.dataTransfer.setData("text/weft-module", module.name));
		button.addEventListener("click", () => this.add(module.name));
		return button;
	}

	/// Adds one module after the other, each behind the one before. A phone shows its map then.
	add(type) {
		this.adding = Promise.resolve(this.adding).then(async () => {
			const { view, width, height } = this.stage, { app } = this, before = app.onlySelected;
			const id = await this.actions.addAfterSelected(type, { x: view.x + width / 2 / view.scale - 100, y: view.y + height / 2 / view.scale - 40 });
			if (!id) return;
			if (isPhone()) {
				app.announce("view", { view: "map" });
				const isConnected = before && app.patch.cablesInto(id).length;
				this.stage.fit([id], 0.7);
				app.announce("say", `Added ${id}${isConnected ? `, connected to ${before}` : ""}.`);
			}
			this.stage.reveal(id);
		});
	}

	press(event) {
		event.stopPropagation();
		const first = this.list.querySelector("button.module");
		if (event.key === "Enter") {
			if (!first) return;
			first.click();
			this.field.value = "";
			this.show();
			this.stage.element.focus(); // for the next key
		} else if (event.key === "/") this.field.select();
		else if (event.key === "ArrowDown") first?.focus();
		else if (event.key === "Escape") this.stage.element.focus();
		else return;
		event.preventDefault();
	}

	focus() {
		this.field.focus();
		this.field.select();
	}
}
