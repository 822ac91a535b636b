// The patch as a list: nodes, their inputs and cables; for keyboards, screen readers and phones.
import { make } from "./cards.js";
import { splitPort } from "./patch.js";

export class Outline {
	constructor(app, actions, stage, element) {
		Object.assign(this, { app, actions, stage, element });
		this.open = new Set();
		for (const event of ["patch", "selection", "state"]) app.addEventListener(event, () => this.later());
		element.addEventListener("keydown", (event) => this.press(event));
	}

	/// Many edits may come in one frame.
	later() {
		if (this.isWaiting || this.element.offsetParent === null) return (this.isStale = true);
		this.isWaiting = true;
		requestAnimationFrame(() => {
			this.isWaiting = false;
			this.show();
		});
	}
	show() {
		this.isStale = false;
		const { patch } = this.app, focused = this.element.contains(document.activeElement) && document.activeElement.dataset.id;
		const tree = make("ul");
		tree.setAttribute("role", "tree");
		tree.setAttribute("aria-label", "Nodes of the patch");
		const ids = [...patch.nodes.keys()].sort();
		ids.forEach((id, i) => tree.append(this.item(id, i)));
		this.element.replaceChildren(ids.length ? tree : make("p", "hint", "The patch is empty. Press / and type the name of a module, such as saw."));
		if (focused) this.element.querySelector(`[data-id="${CSS.escape(focused)}"]`)?.focus();
	}

	item(id, i) {
		const { patch, selected } = this.app, node = patch.nodes.get(id), line = make("li");
		line.setAttribute("role", "treeitem");
		line.setAttribute("aria-selected", String(selected.has(id)));
		line.setAttribute("aria-expanded", String(selected.has(id)));
		line.tabIndex = selected.has(id) || (!selected.size && i === 0) ? 0 : -1;
		line.dataset.id = id;
		const label = make("span", "item");
		label.append(make("b", "", node.label || id), make("span", "", node.type));
		// On a phone a second tap opens the node.
		label.addEventListener("click", () => (this.app.onlySelected === id ? this.app.announce("view", { view: "node" }) : this.app.select([id])));
		if (selected.has(id)) label.append(make("span", "chevron", "Edit ›"));
		line.append(label);
		if (selected.has(id)) {
			const cables = make("ul");
			cables.setAttribute("role", "group");
			for (const { from, to } of patch.cablesInto(id)) cables.append(this.cable(`${splitPort(to)[1]} ◂ ${from}`, from));
			for (const { from, to } of patch.cablesOutOf(id)) cables.append(this.cable(`${splitPort(from)[1]} ▸ ${to}`, to));
			line.append(cables);
		}
		return line;
	}
	cable(text, other) {
		const line = make("li", "cable", text);
		line.setAttribute("role", "treeitem");
		line.tabIndex = -1;
		line.addEventListener("click", (event) => {
			event.stopPropagation();
			this.app.select([splitPort(other)[0]]);
		});
		return line;
	}

	press(event) {
		const items = [...this.element.querySelectorAll("[role=treeitem]")], at = items.indexOf(document.activeElement);
		if (at < 0) return;
		const go = (i) => {
			const item = items[Math.min(items.length - 1, Math.max(0, i))];
			item.focus();
			if (item.dataset.id) this.app.select([item.dataset.id]);
		};
		if (event.key === "ArrowDown" && !event.altKey) go(at + 1);
		else if (event.key === "ArrowUp" && !event.altKey) go(at - 1);
		else if (event.key === "Home") go(0);
		else if (event.key === "End") go(items.length - 1);
		else if (event.key === "Enter" || event.key === " ") items[at].click();
		else return;
		event.preventDefault();
		event.stopPropagation();
	}
}
