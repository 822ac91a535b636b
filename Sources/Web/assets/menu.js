// A menu at the pointer: a search field above a list; also plain lists of actions.
import { make } from "./cards.js";

let open = null;

export function closeMenu() {
	open?.close();
}

/// Opens a searchable menu. `find(text)` gives items { label, detail, run }; returns when it has closed.
export function openSearchMenu({ x, y, placeholder, find, isWide }) {
	closeMenu();
	const element = make("div", isWide ? "menu wide" : "menu"), field = make("input");
	const list = make("ul");
	list.setAttribute("role", "listbox");
	list.id = "menu-list";
	Object.assign(field, { type: "search", placeholder, spellcheck: false });
	field.setAttribute("role", "combobox");
	field.setAttribute("aria-expanded", "true");
	field.setAttribute("aria-controls", "menu-list");
	field.setAttribute("aria-label", placeholder);
	element.append(field, list);
	let items = [], chosen = 0;
	const show = () => {
		items = find(field.value).slice(0, 200);
		chosen = 0;
		list.replaceChildren(...items.map((item, i) => row(item, i)));
		mark();
	};
	const row = (item, i) => {
		const line = make("li");
		line.setAttribute("role", "option");
		line.id = `menu-item-${i}`;
		if (item.title) line.title = item.title;
		line.append(make("b", "", item.label), make("span", "", item.detail ?? ""));
		line.addEventListener("pointerdown", (event) => {
			event.preventDefault();
			run(i);
		});
		return line;
	};
	const mark = () => {
		[...list.children].forEach((line, i) => line.setAttribute("aria-selected", String(i === chosen)));
		list.children[chosen]?.scrollIntoView({ block: "nearest" });
		field.setAttribute("aria-activedescendant", `menu-item-${chosen}`);
	};
	const run = (i) => {
		const item = items[i];
		close();
		item?.run();
	};
	field.addEventListener("input", show);
	field.addEventListener("keydown", (event) => {
		event.stopPropagation();
		if (event.key === "Escape") close();
		else if (event.key === "ArrowDown") chosen = Math.min(items.length - 1, chosen + 1);
		else if (event.key === "ArrowUp") chosen = Math.max(0, chosen - 1);
		else if (event.key === "Enter") return run(chosen);
		else return;
		event.preventDefault();
		mark();
	});
	const close = present(element, x, y, field);
	show();
}

/// A menu below the button that opens it.
export function openMenuBelow(button, actions) {
	const { left, bottom } = button.getBoundingClientRect();
	openMenu(left, bottom + 2, actions);
}

/// Opens a list of actions { label, run, isDisabled }.
export function openMenu(x, y, actions) {
	closeMenu();
	const element = make("div", "menu"), list = make("div");
	list.setAttribute("role", "menu");
	for (const action of actions) {
		const button = make("button", action.isDanger ? "danger" : "", action.label);
		button.setAttribute("role", "menuitem");
		button.disabled = Boolean(action.isDisabled);
		button.addEventListener("click", () => {
			close();
			action.run();
		});
		list.append(button);
	}
	list.addEventListener("keydown", (event) => {
		const buttons = [...list.children], at = buttons.indexOf(document.activeElement);
		if (event.key === "ArrowDown") buttons[(at + 1) % buttons.length].focus();
		else if (event.key === "ArrowUp") buttons[(at + buttons.length - 1) % buttons.length].focus();
		else if (event.key === "Escape") close();
		else return;
		event.preventDefault();
		event.stopPropagation();
	});
	element.append(list);
	const close = present(element, x, y, list.firstChild);
}

/// Shows a menu inside the window and returns the function that closes it.
function present(element, x, y, focus) {
	const before = document.activeElement;
	document.body.append(element);
	const settle = () => {
		const { width, height } = element.getBoundingClientRect();
		element.style.left = Math.max(4, Math.min(x, innerWidth - width - 4)) + "px";
		element.style.top = Math.max(4, Math.min(y, innerHeight - height - 4)) + "px";
	};
	settle();
	const watcher = new ResizeObserver(settle); // its list comes later, and changes with the search
	watcher.observe(element);
	focus?.focus({ preventScroll: true });
	const outside = (event) => {
		if (!element.contains(event.target)) close();
	};
	const close = () => {
		if (open !== self) return;
		open = null;
		watcher.disconnect();
		element.remove();
		document.removeEventListener("pointerdown", outside, true);
		if (before?.isConnected) before.focus({ preventScroll: true });
	};
	const self = { close };
	open = self;
	document.addEventListener("pointerdown", outside, true);
	return close;
}
