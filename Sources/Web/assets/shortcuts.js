// The keyboard: every action of the page without a mouse.
import { make } from "./cards.js";
import { closeMenu, openSearchMenu } from "./menu.js";
import { nodeOf } from "./patch.js";

export const shortcuts = [
	["/ or Tab", "add a module (after the selected node)"], ["Enter", "insert a module behind the selected node, into its cables"],
	["← → ↑ ↓", "walk along cables, and among neighbours"], ["c", "connect the selected node to…"],
	["Delete", "delete the selection"], ["Ctrl+Z, Ctrl+Y", "undo, redo"], ["Ctrl+D", "duplicate"],
	["Ctrl+C, Ctrl+X, Ctrl+V", "copy, cut, paste"], ["Ctrl+A", "select all"], ["Alt+arrows", "move the selection"],
	["F2", "rename"], ["p", "parameters of the selected node"], ["f", "show all; with a selection: show it"], ["+ −", "zoom"], ["h", "hold edits in the draft"],
	["Ctrl+S", "save the patch"], ["Ctrl+Enter", "commit"], ["k", "keyboard"], ["Escape", "deselect; twice: silence everything"], ["?", "this list"],
];

export class Shortcuts {
	constructor({ app, stage, actions, library, drawer, topBar, gestures }) {
		Object.assign(this, { app, stage, actions, library, drawer, topBar, gestures });
		document.addEventListener("keydown", (event) => this.down(event));
		document.addEventListener("keyup", (event) => drawer.views.keys.press(event, false));
	}

	down(event) {
		if (this.dialog) return; // Escape closes it
		const { target } = event, isTyping = target.matches?.("input:not([type=checkbox]):not([type=range]), textarea, select");
		if (event.defaultPrevented) return;
		if ((event.ctrlKey || event.metaKey) && event.key === "s") {
			event.preventDefault();
			return this.topBar.save();
		}
		if (isTyping) return;
		if (this.drawer.views.keys.press(event, true)) return event.preventDefault();
		const key = (event.ctrlKey || event.metaKey ? "Ctrl+" : "") + (event.altKey ? "Alt+" : "") + event.key;
		const isOnStage = target === document.body || target === this.stage.element;
		const action = this.everywhere[key] ?? (isOnStage ? this.onStage[key] : undefined);
		if (!action) return;
		event.preventDefault();
		action(event);
	}

	get everywhere() {
		const { app, actions, stage } = this;
		return {
			"/": () => this.library.focus(),
			"?": () => this.help(),
			"Ctrl+z": () => app.command("/patch/undo"), "Ctrl+y": () => app.command("/patch/redo"), "Ctrl+Z": () => app.command("/patch/redo"),
			"Ctrl+d": () => actions.duplicate(), "Ctrl+c": () => actions.copy(), "Ctrl+x": () => actions.copy() && actions.deleteSelected(),
			"Ctrl+v": () => actions.pasteClip(),
			"Ctrl+a": () => app.select([...app.patch.nodes.keys()]), "Ctrl+Enter": () => actions.commit(),
			h: () => this.topBar.hold(!app.holds), k: () => this.drawer.toggle("keys"),
			f: () => stage.fit(app.selected.size ? [...app.selected] : undefined, 1.2),
			"+": () => this.zoom(1.25), "=": () => this.zoom(1.25), "-": () => this.zoom(0.8),
			Escape: () => this.escape(), F2: () => document.querySelector(".title-field")?.focus(),
			p: () => document.querySelector("#inspector .dial, #inspector select")?.focus(),
		};
	}
	get onStage() {
		const move = (x, y) => () => this.move(x, y);
		return {
			Tab: () => this.library.focus(), Enter: () => this.insertMenu(), c: () => this.connectMenu(),
			Delete: () => this.actions.deleteSelected(), Backspace: () => this.actions.deleteSelected(),
			ArrowLeft: () => this.walk(-1, 0), ArrowRight: () => this.walk(1, 0), ArrowUp: () => this.walk(0, -1), ArrowDown: () => this.walk(0, 1),
			"Alt+ArrowLeft": move(-16, 0), "Alt+ArrowRight": move(16, 0), "Alt+ArrowUp": move(0, -16), "Alt+ArrowDown": move(0, 16),
		};
	}

	zoom(factor) {
		this.stage.zoomAtNodes(factor);
	}
	escape() {
		closeMenu();
		if (this.lastEscape && performance.now() - this.lastEscape < 500) this.actions.panic();
		this.lastEscape = performance.now();
		this.app.select([]);
		this.stage.element.focus();
	}

	/// Along a cable where there is one in that direction, else to the nearest node there.
	walk(dx, dy) {
		const { app } = this, { patch } = app, id = app.onlySelected;
		if (!id) return app.select([...patch.nodes.keys()].slice(0, 1));
		const along = dx > 0 ? patch.cablesOutOf(id).map((cable) => nodeOf(cable.to)) : dx < 0 ? patch.cablesInto(id).map((cable) => nodeOf(cable.from)) : [];
		const here = centre(app.bounds(id));
		const distance = (other) => {
			const at = centre(app.bounds(other)), x = at.x - here.x, y = at.y - here.y;
			const forward = x * dx + y * dy, aside = Math.abs(x * dy) + Math.abs(y * dx);
			return forward <= 0 ? Infinity : forward + 2 * aside;
		};
		const pool = along.length ? along : [...patch.nodes.keys()].filter((other) => other !== id && distance(other) < Infinity);
		const next = pool.sort((a, b) => distance(a) - distance(b))[0];
		if (!next) return;
		app.select([next]);
		this.stage.reveal(next);
	}
	move(dx, dy) {
		const { app } = this;
		if (app.selected.size) this.actions.move(new Map([...app.selected].map((id) => [id, { x: app.place(id).x + dx, y: app.place(id).y + dy }])));
		this.stage.invalidate();
	}

	point() {
		const id = this.app.onlySelected, box = this.stage.element.getBoundingClientRect();
		if (!id) return { x: box.left + box.width / 2, y: box.top + box.height / 2 };
		const bounds = this.app.bounds(id), at = this.stage.toScreen(bounds.x + bounds.w, bounds.y);
		return { x: box.left + at.x + 8, y: box.top + at.y };
	}
	insertMenu() {
		const { app, actions } = this, id = app.onlySelected, key = app.selectedCable, { x, y } = this.point();
		if (key) return this.gestures.addMenu(x, y, this.stage.toWorld(x, y), { cable: key });
		if (!id) return this.library.focus();
		const [cable] = app.patch.cablesOutOf(id);
		openSearchMenu({
			x, y, placeholder: `Insert behind ${id}…`,
			find: (text) => app.registry.search(text).filter((module) => module.mainInput).map((module) => ({
				label: module.name, detail: module.summary,
				run: () => (cable && actions.canInsert(module.name) ? actions.addInto(module.name, `${cable.from} ${cable.to}`, afterwards(app.bounds(id))) : actions.addAfterSelected(module.name)),
			})),
		});
	}
	connectMenu() {
		const { app, actions } = this, id = app.onlySelected, { x, y } = this.point();
		if (!id) return;
		const { registry, patch } = app;
		openSearchMenu({
			x, y, placeholder: `Connect ${id} to…`,
			find: (text) => [...patch.nodes.keys()].filter((other) => other !== id).flatMap((other) =>
				(registry.get(patch.nodes.get(other).type)?.signals ?? []).map((input) => ({
					label: `${other}/${input.name}`, detail: input.summary, isMain: input.name === registry.mainInput(patch.nodes.get(other).type),
					run: () => actions.connect(`${id}/${registry.mainOutput(patch.nodes.get(id).type)}`, `${other}/${input.name}`),
				})))
				.filter(({ label }) => label.toLowerCase().includes(text.toLowerCase()))
				.sort((a, b) => Number(b.isMain) - Number(a.isMain)),
		});
	}

	help() {
		const dialog = make("dialog", "help"), list = make("dl");
		for (const [keys, text] of shortcuts) list.append(make("dt", "", keys), make("dd", "", text));
		const close = make("button", "", "Close");
		close.addEventListener("click", () => dialog.close());
		dialog.append(make("h2", "", "Keys"), list, close);
		dialog.addEventListener("close", () => {
			this.dialog = null;
			dialog.remove();
		});
		dialog.addEventListener("click", (event) => event.target === dialog && dialog.close()); // the backdrop
		dialog.addEventListener("keydown", (event) => event.key === "?" && dialog.close());
		document.body.append(dialog);
		this.dialog = dialog;
		dialog.showModal();
	}
}

const centre = ({ x, y, w, h }) => ({ x: x + w / 2, y: y + h / 2 });
const afterwards = ({ x, y, w }) => ({ x: x + w + 72, y: y + 30 });
