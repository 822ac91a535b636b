// The selected node or cable: parameters as knobs, cables as a list.
import { Knob } from "./knob.js";
import { make } from "./cards.js";
import { openMenu } from "./menu.js";
import { nodeOf, splitPort } from "./patch.js";
import { digits, expected, formatAmount, parse, travel } from "./units.js";

const probeRate = 15;

export class Inspector {
	constructor(app, actions, element) {
		Object.assign(this, { app, actions, element });
		this.knobs = new Map();
		this.probed = new Set();
		app.addEventListener("selection", () => this.rebuild());
		app.addEventListener("patch", () => this.rebuild());
		app.addEventListener("values", (event) => {
			if (event.detail.id === this.node) this.refresh(event.detail.name);
		});
		app.addEventListener("notify", (event) => this.receive(event.detail));
		this.rebuild();
	}

	/// Rebuilds only where the shown thing has changed.
	rebuild() {
		const { app } = this, id = app.onlySelected, cable = app.selectedCable;
		const mark = JSON.stringify([id, cable, [...app.selected].length, id && [
			app.patch.nodes.get(id)?.type, app.patch.nodes.get(id)?.label, app.patch.cablesInto(id), app.patch.cablesOutOf(id), midiOf(app, id)],
			cable && app.patch.cables.get(cable), !id && !cable && [app.patch.rest.name, app.patch.rest.about, app.patch.rest.voices, isPhone(), namedTypes(app)]]);
		if (mark === this.mark) return;
		if (this.element.contains(document.activeElement) && this.node === id && this.cable === cable && document.activeElement.matches("input:focus, .held")) return;
		this.mark = mark;
		this.node = id;
		this.cable = cable;
		this.knobs.clear();
		this.unprobe();
		this.element.replaceChildren(...(id ? this.nodePanel(id) : cable ? this.cablePanel(cable) : this.emptyPanel()));
		if (id) this.probe(id);
	}

	emptyPanel() {
		const { patch, selected } = this.app;
		if (selected.size > 1) return [title(`${selected.size} nodes`), this.buttons([
			["Duplicate", () => this.actions.duplicate()], ["Delete", () => this.actions.deleteSelected(), "danger"]])];
		const about = this.aboutText(patch.rest.about ?? "");
		const voices = make("label", "line", "Voices");
		const field = make("input");
		Object.assign(field, { type: "number", min: 1, max: 512, value: patch.rest.voices ?? 1 });
		field.addEventListener("change", () => this.actions.setVoices(Number(field.value)));
		voices.append(field);
		return [title(patch.rest.name || "Patch"), about, voices,
			make("p", "hint", isPhone() ? "Select a node in the list or on the map to change it here."
				: "Select a node or a cable to see and change it. Drag from a port to connect; press / to add a module, ? for all keys.")];
	}

	/// The text about a patch; the parameters that it names are buttons.
	aboutText(text) {
		const line = make("p", "about"), { app } = this;
		let end = 0;
		for (const found of text.matchAll(namedParameter)) {
			const [whole, id, name, value] = found, spec = app.registry.input(app.patch.nodes.get(id)?.type, name);
			if (!spec) continue;
			const isValue = value !== undefined && parse(value, spec) !== undefined, button = make("button", "link", `${id} ${name}${value === undefined ? "" : " " + value}`);
			button.title = isValue ? `Set ${name} of ${id} to ${value}` : `Show ${id}`;
			button.addEventListener("click", () => {
				app.announce("reveal", id);
				if (isValue) app.setValue(id, name, parse(value, spec));
				else app.select([id]);
			});
			line.append(text.slice(end, found.index), button);
			end = found.index + whole.length;
		}
		line.append(text.slice(end));
		return line;
	}

	nodePanel(id) {
		const { app } = this, node = app.patch.nodes.get(id), module = app.registry.get(node.type);
		const name = make("input", "title-field");
		Object.assign(name, { value: id, spellcheck: false });
		name.setAttribute("aria-label", "Id of the node");
		name.addEventListener("change", () => this.actions.rename(id, name.value.trim()));
		name.addEventListener("keydown", (event) => event.stopPropagation());
		const parts = [name, make("p", "about", `${node.type}: ${module?.summary ?? "a module that is not installed"}`)];
		parts.push(this.buttons([
			["Replace…", (event) => app.announce("replace", { id, x: event.clientX, y: event.clientY })],
			["Why silent?", () => app.announce("why", id)],
			["Delete", () => this.actions.deleteSelected(), "danger"],
		]));
		const grid = make("div", "knobs");
		for (const spec of module?.parameters ?? []) grid.append(this.parameter(id, spec));
		parts.push(grid, ...this.cableLists(id));
		return parts;
	}

	parameter(id, spec) {
		const { app } = this, cell = make("div", "cell");
		cell.title = spec.summary;
		const label = make("span", "name", spec.name);
		const set = (value) => app.setValue(id, spec.name, value);
		const get = () => app.patch.value(id, spec.name);
		let control;
		if (spec.type === "choice") control = choice(spec, `${id} ${spec.name}`, get, set);
		else if (spec.type === "bool") control = toggle(`${id} ${spec.name}`, get, set);
		else if (spec.type === "file") control = fileField(`${id} ${spec.name}`, get, set);
		else control = new Knob({
			spec, label: `${id} ${spec.name}`, get, set,
			reset: () => set(spec.default),
			menu: (event) => this.parameterMenu(event, id, spec),
		});
		this.knobs.set(spec.name, control);
		const map = midiOf(app, id)?.[spec.name], sources = [];
		if (map) sources.push(`CC ${map.controller ?? map.cc ?? ""}`);
		const inputs = app.patch.cablesInto(id).filter((cable) => splitPort(cable.to)[1] === spec.name);
		if (inputs.length) sources.push("◂ " + inputs.map((cable) => nodeOf(cable.from)).join(", "));
		const source = make("small", "fed", sources.join(" ")); // a row in each cell, so that knobs are level
		source.title = sources.join(" ");
		label.append(source);
		cell.append(label, control.element);
		if (spec.type === "bool") cell.append(control.live);
		return cell;
	}

	parameterMenu(event, id, spec) {
		event.preventDefault();
		event.stopPropagation();
		const port = `${id}/${spec.name}`, { app } = this;
		openMenu(event.clientX, event.clientY, [
			{ label: "Set to default", run: () => app.setValue(id, spec.name, spec.default) },
			{ label: "MIDI learn", run: () => app.command("/midi/learn", port).then((reply) => reply && app.announce("say", `Move a controller: it will drive ${port}.`)) },
			{ label: "Forget MIDI controller", run: () => app.command("/midi/unlearn", port), isDisabled: !midiOf(app, id)?.[spec.name] },
			{ label: "Automate…", run: () => app.announce("automate", port) },
			{ label: "Make a macro", run: () => app.edit([["/macro/add", macroName(app, id, spec.name), port, ...travel(spec)]], { commits: false }) },
		]);
	}

	cableLists(id) {
		const { patch, registry } = this.app, type = patch.nodes.get(id).type;
		const list = (label, cables, text) => {
			if (!cables.length) return [];
			const items = make("ul", "cables");
			for (const cable of cables) {
				const line = make("li"), name = make("button", "link", text(cable));
				name.addEventListener("click", () => this.app.selectCable(`${cable.from} ${cable.to}`));
				const remove = make("button", "icon", "×");
				remove.setAttribute("aria-label", `Disconnect ${cable.from} from ${cable.to}`);
				remove.addEventListener("click", () => this.app.edit([this.actions.disconnection(`${cable.from} ${cable.to}`)]));
				const spec = registry.input(patch.nodes.get(nodeOf(cable.to))?.type, splitPort(cable.to)[1]);
				line.append(name, make("span", "amount", cable.amount === 1 ? "" : formatAmount(cable.amount, spec)), remove);
				items.append(line);
			}
			return [make("h2", "label", label), items];
		};
		return [
			...list("Inputs", patch.cablesInto(id), ({ from, to }) => `${from} → ${splitPort(to)[1]}`),
			...list("Outputs", patch.cablesOutOf(id), ({ from, to }) => `${splitPort(from)[1]} → ${to}`),
			make("p", "hint", registry.get(type)?.latency === "always" ? "This module delays by one block: it may close a loop." : ""),
		];
	}

	cablePanel(key) {
		const { patch, registry } = this.app, { from, to, amount } = patch.cables.get(key);
		const spec = registry.input(patch.nodes.get(nodeOf(to))?.type, splitPort(to)[1]);
		const line = make("label", "line", "Amount"), field = make("input");
		field.value = digits(amount, 5);
		const wrong = make("small", "wrong");
		wrong.setAttribute("role", "alert");
		const enter = () => {
			const number = { type: "float" }, value = parse(field.value, number);
			field.classList.toggle("bad", value === undefined);
			wrong.textContent = value === undefined ? expected(number) : "";
			if (value !== undefined) this.actions.setAmount(key, value);
		};
		field.addEventListener("keydown", (event) => {
			event.stopPropagation();
			if (event.key === "Escape") field.value = digits(patch.cables.get(key)?.amount ?? amount, 5);
			if (event.key === "Enter" || event.key === "Escape") enter();
		});
		field.addEventListener("change", enter);
		line.append(field, make("span", "unit", formatAmount(amount, spec)));
		return [title("Cable"), make("p", "about", `${from} → ${to}`), line, wrong, this.buttons([["Delete cable", () => this.actions.deleteSelected()]])];
	}

	buttons(list) {
		const line = make("div", "buttons");
		for (const [label, run, style] of list) {
			const button = make("button", style ?? "", label);
			button.addEventListener("click", run);
			line.append(button);
		}
		return line;
	}

	refresh(name) {
		this.knobs.get(name)?.update();
	}

	// MARK: Ranges through cables

	probe(id) {
		for (const { to } of this.app.patch.cablesInto(id)) {
			const name = splitPort(to)[1], spec = this.app.registry.input(this.app.patch.nodes.get(id)?.type, name);
			if (!spec || spec.type === "signal" || this.probed.has(to)) continue;
			this.probed.add(to);
			this.app.connection.post("/probe", to, true, probeRate);
		}
	}
	unprobe() {
		for (const port of this.probed) this.app.connection.post("/probe", port, false);
		this.probed.clear();
	}
	receive({ address, args }) {
		if (address !== "/notify/probe") return;
		const [id, name] = splitPort(args[0]);
		if (id === this.node) this.knobs.get(name)?.showRange?.(args[2], args[3]);
	}
}

const namedParameter = /\/mod\/([A-Za-z][\w-]*)\/([\w-]+)(?: (-?[\d.]*\d|[a-z]+(?=[,.;]|$)))?/g;
/// The types of the nodes that the text about a patch names: it may come before them.
const namedTypes = ({ patch }) => [...(patch.rest.about ?? "").matchAll(namedParameter)].map(([, id]) => patch.nodes.get(id)?.type);

export const isPhone = () => matchMedia("(max-width: 760px)").matches;
const title = (text) => make("h2", "", text);

const midiOf = (app, id) => {
	const maps = app.patch.rest.midi ?? {}, own = {};
	for (const [port, map] of Object.entries(maps)) if (nodeOf(port) === id) own[splitPort(port)[1]] = map;
	return Object.keys(own).length ? own : undefined;
};

const macroName = (app, id, parameter) => {
	const names = new Set((app.patch.rest.macros ?? []).map((macro) => macro.name)), stem = names.has(parameter) ? `${id}-${parameter}` : parameter;
	return stem.slice(0, 32);
};

function choice(spec, label, get, set) {
	const element = make("select");
	element.setAttribute("aria-label", label);
	for (const name of spec.choices) element.append(new Option(name, name));
	element.addEventListener("change", () => set(element.value));
	element.addEventListener("keydown", (event) => event.stopPropagation());
	const update = () => {
		const value = get();
		element.value = typeof value === "number" ? spec.choices[value] : value;
	};
	update();
	return { element, update };
}
function toggle(label, get, set) {
	const element = make("input", "switch");
	element.type = "checkbox";
	element.setAttribute("role", "switch");
	element.setAttribute("aria-label", label);
	element.addEventListener("change", () => set(element.checked));
	const live = make("small", "state-text");
	const show = (isOn) => (live.textContent = isOn ? "on" : "off");
	const update = () => show((element.checked = get() === true || get() > 0.5));
	update();
	return { element, live, update, showRange: (low, high) => show(high > 0.5) }; // a cable may switch it
}
function fileField(label, get, set) {
	const element = make("input", "file");
	element.setAttribute("aria-label", label);
	element.placeholder = "path of a sound";
	element.addEventListener("change", () => set(element.value));
	element.addEventListener("keydown", (event) => event.stopPropagation());
	const update = () => (element.value = get() || "");
	update();
	return { element, update };
}
