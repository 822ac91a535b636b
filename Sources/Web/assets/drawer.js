// The drawer at the bottom: signals, keyboard, automation, snapshots, macros, errors, the patch as text.
import { make } from "./cards.js";
import { Keys } from "./keys.js";
import { Signals } from "./signals.js";
import { AutomationEditor } from "./automation.js";
import { Macros, Snapshots } from "./pads.js";
import { Timeline } from "./timeline.js";

export class Drawer {
	constructor(app, actions, element) {
		Object.assign(this, { app, actions, element });
		this.tabs = element.querySelector("[role=tablist]");
		this.panels = new Map([...element.querySelectorAll("[role=tabpanel]")].map((panel) => [panel.id.replace("panel-", ""), panel]));
		const panel = (name) => this.panels.get(name);
		this.views = {
			signals: new Signals(app, panel("signals")), keys: new Keys(app, panel("keys")),
			automation: new AutomationEditor(app, panel("automation")), snapshots: new Snapshots(app, panel("snapshots")),
			macros: new Macros(app, panel("macros")), track: new Timeline(app, panel("track")), errors: new Problems(app, panel("errors")), text: new PatchText(app, panel("text")),
		};
		for (const button of this.buttons) button.addEventListener("click", () => this.toggle(button.dataset.tab));
		this.tabs.addEventListener("keydown", (event) => this.press(event));
		app.addEventListener("automate", ({ detail }) => {
			this.open("automation");
			this.views.automation.choose(detail);
		});
		app.addEventListener("problem", () => this.count());
		this.show(null);
	}

	get buttons() {
		return [...this.tabs.querySelectorAll("[role=tab]")];
	}
	/// The number of errors since the list of them was looked at.
	count() {
		if (this.shown === "errors") this.seen = this.app.problems[0];
		const at = this.app.problems.indexOf(this.seen), length = at < 0 ? this.app.problems.length : at;
		for (const badge of document.querySelectorAll("[data-tab=errors] small, [data-view=more] small")) badge.textContent = length ? String(length) : "";
	}
	/// Buttons beside the message of an error.
	remedies({ message, suggestions, retry }) {
		const { text } = this.views, buttons = text.remedies(message, suggestions[0]);
		if (buttons.length) return buttons;
		if (retry) return [retry];
		return suggestions.slice(0, 2).map((name) => ({ label: `Copy ${name}`, run: () => navigator.clipboard?.writeText(name) }));
	}
	toggle(name) {
		this.show(this.shown === name && document.body.dataset.view !== "more" ? null : name);
	}
	open(name) {
		if (this.shown !== name) this.show(name);
		this.app.announce("view", { view: name === "keys" ? "play" : "more", tool: name });
	}
	/// Shows one panel, and on a phone another above it.
	show(name, also) {
		this.views[this.shown]?.hide?.();
		this.shown = name;
		this.element.classList.toggle("open", Boolean(name));
		this.buttons.forEach((button, i) => {
			button.setAttribute("aria-selected", String(button.dataset.tab === name));
			button.tabIndex = button.dataset.tab === name || (!name && i === 0) ? 0 : -1;
		});
		for (const [key, panel] of this.panels) panel.hidden = key !== name && key !== also;
		for (const shown of [name, also]) this.views[shown]?.show?.();
		this.count();
	}
	press(event) {
		const { buttons } = this, at = buttons.indexOf(document.activeElement);
		const next = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: buttons.length - 1 }[event.key];
		if (next === undefined) return;
		buttons[(next + buttons.length) % buttons.length].focus();
		event.preventDefault();
		event.stopPropagation();
	}
}

/// Errors with the names that are offered instead.
class Problems {
	constructor(app, panel) {
		Object.assign(this, { app, panel });
		app.addEventListener("problem", () => this.show());
	}
	show() {
		if (this.panel.hidden) return;
		const list = make("ul", "problems");
		for (const { code, message, place, time, author } of this.app.problems) {
			const line = make("li"), text = make("span", "", (author ? `${author}: ` : "") + message);
			if (code !== "aborted") text.append(" ", make("code", "", code));
			line.append(make("time", "", time.toLocaleTimeString("en-GB")), text);
			const id = place?.split("/")[0];
			if (id && this.app.patch.nodes.has(id)) {
				const button = make("button", "", `Show ${id}`);
				button.addEventListener("click", () => {
					this.app.select([id]);
					this.app.announce("reveal", id);
				});
				line.append(button);
			}
			list.append(line);
		}
		this.panel.replaceChildren(this.app.problems.length ? list : make("p", "hint", "No errors. Those of other clients are listed here, too, with their names."));
	}
}

/// The draft as JSON, editable.
class PatchText {
	constructor(app, panel) {
		Object.assign(this, { app, panel });
		this.field = panel.querySelector("textarea");
		this.apply = panel.querySelector("button");
		this.apply.addEventListener("click", () => this.send());
		this.field.addEventListener("keydown", (event) => {
			event.stopPropagation();
			if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) this.send();
		});
		app.addEventListener("patch", () => this.show());
		app.addEventListener("values", () => this.show());
	}
	show() {
		if (this.panel.hidden || this.isEdited) return;
		this.shown = patchText(this.app.patch.toJSON());
		this.field.value = this.shown;
	}
	get isEdited() {
		return this.shown !== undefined && this.field.value !== this.shown;
	}
	/// Remedies for a text that was refused: use the nearest name, go to the line.
	remedies(message, suggestion) {
		if (!this.isEdited) return [];
		const buttons = [], text = this.field.value, at = /\b(?:line )?(\d+):(\d+)\b/.exec(message), wrong = /"([^"]+)"/.exec(message)?.[1];
		if (suggestion && wrong && text.includes(`"${wrong}"`)) {
			buttons.push({ label: `Use ${suggestion}`, run: () => {
				this.field.value = this.field.value.replace(`"${wrong}"`, () => `"${suggestion}"`);
				this.send();
			} });
		}
		if (at) buttons.push({ label: `Line ${at[1]}`, run: () => this.goTo(Number(at[1]), Number(at[2])) });
		return buttons;
	}
	goTo(line, column) {
		const before = this.field.value.split("\n").slice(0, line - 1).join("\n"), start = before.length + (line > 1 ? 1 : 0) + column - 1;
		this.field.focus();
		this.field.setSelectionRange(start, start + 1);
		this.field.scrollTop = Math.max(0, (line - 3) * 17); // pixels of a line
	}
	async send() {
		const text = this.field.value;
		if (await this.app.edit([["/patch/set", text]])) {
			this.shown = text;
			this.show();
		}
	}
}

/// JSON with a line for each node and cable, as weft writes it.
function patchText(json) {
	const { nodes, cables, ...rest } = json, lines = [], text = (value) => JSON.stringify(value, shortNumber);
	for (const [key, value] of Object.entries(rest)) lines.push(`  ${JSON.stringify(key)}: ${text(value)}`);
	const list = (items) => (items.length ? "\n" + items.map((item) => "    " + item).join(",\n") + "\n  " : "");
	lines.push(`  "nodes": {${list(Object.entries(nodes).map(([id, node]) => `${JSON.stringify(id)}: ${text(node)}`))}}`);
	lines.push(`  "cables": [${list(cables.map(text))}]`);
	return `{\n${lines.join(",\n")}\n}\n`;
}

/// OSC carries 32 bits of a number: the shortest number that has them.
function shortNumber(key, value) {
	if (typeof value !== "number" || Number.isInteger(value)) return value;
	for (let count = 1; count < 9; count++) {
		const short = Number(value.toPrecision(count));
		if (Math.fround(short) === Math.fround(value)) return short;
	}
	return value;
}
