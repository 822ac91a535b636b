// Mouse and touch on the map: pan, zoom, select, move, connect, insert, replug, amounts.
import { curve, pointOn, portPlace } from "./geometry.js";
import { closeMenu, openMenu, openSearchMenu } from "./menu.js";
import { nodeOf, splitPort } from "./patch.js";
import { formatAmount } from "./units.js";

const slop = 4, longPress = 500, amountTravel = 120; // pixels, milliseconds, pixels for an amount of 1

export class Gestures {
	constructor(app, stage, actions, hint) {
		Object.assign(this, { app, stage, actions, hint });
		this.pointers = new Map();
		const { element } = stage;
		const own = { pointerdown: "down", pointermove: "move", pointerup: "up", pointercancel: "up", dblclick: "double", contextmenu: "context", dragover: "dragOver", drop: "drop" };
		for (const [name, method] of Object.entries(own)) element.addEventListener(name, (event) => this[method](event));
		element.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
		element.addEventListener("dragleave", () => this.show(null));
		element.addEventListener("pointerleave", () => {
			this.stage.setHovered();
			this.actions.pointer = null;
		});
	}

	show(overlay, hint = "") {
		this.stage.overlay = overlay;
		this.hint.textContent = hint;
		this.hint.hidden = !hint;
		this.stage.redraw();
	}

	// MARK: Pointers

	down(event) {
		if (event.target.closest(".dial, button, input")) return;
		closeMenu();
		this.stage.element.focus({ preventScroll: true });
		this.pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
		this.stage.element.setPointerCapture(event.pointerId);
		if (this.pointers.size === 2) return this.startPinch();
		const far = event.button === 0 && this.stage.overview.hit(event.clientX, event.clientY);
		if (far) return (this.drag = this.overviewing(far, event));
		const at = this.stage.toWorld(event.clientX, event.clientY), isTouch = event.pointerType === "touch";
		const slack = (isTouch ? 24 : 13) / this.stage.view.scale, hit = this.stage.hit(at.x, at.y, slack);
		const start = { x: event.clientX, y: event.clientY, at, hit, event };
		if (event.button === 1) return (this.drag = this.panning(start));
		if (event.button !== 0) return;
		if (this.tapped && hit.port) return this.finishTap(hit);
		if (isTouch) this.press = setTimeout(() => this.context(event, hit), longPress);
		const amount = this.amountAt(at);
		if (amount) this.drag = this.changingAmount(amount, start);
		else if (hit.port) this.drag = this.connecting(start, isTouch);
		else if (hit.node) this.drag = this.moving(start);
		else if (hit.cable) this.drag = this.pressingCable(start);
		else this.drag = event.shiftKey || event.ctrlKey ? this.selecting(start) : this.panning(start);
	}

	move(event) {
		const pointer = this.pointers.get(event.pointerId);
		if (!pointer) return this.hover(event);
		Object.assign(pointer, { lastX: pointer.x, lastY: pointer.y, x: event.clientX, y: event.clientY });
		if (this.pinch) return this.movePinch();
		if (!this.drag) return;
		const { start } = this.drag;
		if (!this.drag.isMoving && Math.hypot(event.clientX - start.x, event.clientY - start.y) < slop) return;
		clearTimeout(this.press);
		this.drag.isMoving = true;
		this.drag.move?.(event, this.stage.toWorld(event.clientX, event.clientY));
	}

	up(event) {
		clearTimeout(this.press);
		if (!this.pointers.delete(event.pointerId)) return;
		if (this.pinch) {
			if (this.pointers.size < 2) this.pinch = null;
			return;
		}
		const { drag } = this;
		this.drag = null;
		if (!drag || event.type === "pointercancel") return this.show(null);
		if (drag.isMoving) drag.end?.(event, this.stage.toWorld(event.clientX, event.clientY));
		else drag.click?.(event);
	}

	startPinch() {
		clearTimeout(this.press);
		this.drag = null;
		this.show(null);
		this.pinch = this.spread();
	}
	spread() {
		const [a, b] = this.pointers.values();
		return { distance: Math.hypot(a.x - b.x, a.y - b.y), x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
	}
	movePinch() {
		if (this.pointers.size < 2) return;
		const now = this.spread();
		this.stage.pan(now.x - this.pinch.x, now.y - this.pinch.y);
		this.stage.zoom(now.distance / Math.max(1, this.pinch.distance), now.x, now.y);
		this.pinch = now;
	}

	wheel(event) {
		if (event.target.closest(".dial")) return;
		event.preventDefault();
		if (event.ctrlKey || event.metaKey || Math.abs(event.deltaY) >= 80) {
			return this.stage.zoom(Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.0018)), event.clientX, event.clientY);
		}
		this.stage.pan(-event.deltaX, -event.deltaY);
	}

	hover(event) {
		const at = this.stage.toWorld(event.clientX, event.clientY), hit = this.stage.hit(at.x, at.y);
		this.actions.pointer = at;
		this.stage.element.style.cursor = hit.port ? "crosshair" : hit.isHeader ? "grab" : hit.cable ? "pointer" : "";
		this.stage.setHovered(hit.node, hit.port);
		const { patch, registry } = this.app, cable = hit.cable && patch.cables.get(hit.cable), type = patch.nodes.get(hit.node)?.type;
		const about = cable ? `${cable.from} → ${cable.to}: drives ${patch.kindOfCable(cable)}` : hit.port ?? (type ? `${hit.node}, ${type}: ${registry.get(type)?.summary ?? ""}` : "");
		if (this.stage.element.title !== about) this.stage.element.title = about;
	}

	double(event) {
		if (event.target.closest(".dial, button")) return;
		const at = this.stage.toWorld(event.clientX, event.clientY), hit = this.stage.hit(at.x, at.y);
		if (!hit.node && !this.stage.overview.hit(event.clientX, event.clientY)) this.addMenu(event.clientX, event.clientY, at, { cable: hit.cable });
	}

	// MARK: Drags

	panning(start) {
		let { x, y } = start;
		return {
			start,
			move: (event) => {
				this.stage.pan(event.clientX - x, event.clientY - y);
				[x, y] = [event.clientX, event.clientY];
			},
			click: () => {
				this.tapped = null;
				this.app.select([]);
			},
		};
	}

	/// On the small map the window follows the pointer; the name of a port at an edge leads to its node.
	overviewing({ node }, event) {
		const { overview } = this.stage, start = { x: event.clientX, y: event.clientY };
		if (node) return { start, click: () => this.stage.reveal(node) };
		overview.moveTo(event.clientX, event.clientY);
		return { start, move: (next) => overview.moveTo(next.clientX, next.clientY) };
	}

	selecting(start) {
		const area = (at) => ({
			x: Math.min(start.at.x, at.x), y: Math.min(start.at.y, at.y),
			w: Math.abs(at.x - start.at.x), h: Math.abs(at.y - start.at.y),
		});
		return {
			start,
			move: (event, at) => this.show({ area: area(at) }),
			end: (event, at) => {
				const { x, y, w, h } = area(at);
				const inside = (b) => b.x < x + w && b.x + b.w > x && b.y < y + h && b.y + b.h > y;
				this.app.select([...this.app.patch.nodes.keys()].filter((id) => inside(this.app.bounds(id))));
				this.show(null);
			},
		};
	}

	moving(start) {
		const { app } = this, id = start.hit.node, isMany = start.event.shiftKey || start.event.ctrlKey;
		if (!app.selected.has(id) && !isMany) app.select([id]);
		const ids = app.selected.has(id) ? [...app.selected] : [id];
		const from = new Map(ids.map((each) => [each, app.place(each)]));
		const single = ids.length === 1 && this.isLoose(id) && this.actions.canInsert(app.patch.nodes.get(id).type);
		return {
			start,
			click: () => (isMany ? app.toggle(id) : app.select([id])),
			move: (event, at) => {
				app.dragged = new Map([...from].map(([each, place]) => [each, { x: place.x + at.x - start.at.x, y: place.y + at.y - start.at.y }]));
				this.stage.curves = null;
				const cable = single && this.stage.cableAt(...middle(app.bounds(id)));
				this.show(cable ? { cableTarget: cable } : null, cable ? "Drop to insert into this cable" : "");
			},
			end: async () => {
				const places = app.dragged, cable = this.stage.overlay?.cableTarget;
				this.show(null);
				const edits = [...places].map(([each, place]) => this.actions.place(each, place));
				if (cable) edits.push(...this.actions.insertion(id, app.patch.nodes.get(id).type, cable));
				await app.edit(edits, { commits: Boolean(cable) });
				app.dragged = null;
				this.stage.invalidate();
			},
		};
	}
	isLoose(id) {
		return !this.app.patch.cablesInto(id).length && !this.app.patch.cablesOutOf(id).length;
	}

	pressingCable(start) {
		return { start, click: () => this.app.selectCable(start.hit.cable), move: () => this.app.selectCable(start.hit.cable) };
	}

	/// The knob in the middle of the selected cable.
	amountAt(at) {
		const key = this.app.selectedCable, entry = key && this.stage.cableCurves().get(key);
		if (!entry) return undefined;
		const { x, y } = pointOn(entry.points, 0.5);
		return Math.hypot(at.x - x, at.y - y) < 14 / this.stage.view.scale ? key : undefined;
	}
	changingAmount(key, start) {
		const { amount, to } = this.app.patch.cables.get(key), [id, port] = splitPort(to);
		const spec = this.app.registry.input(this.app.patch.nodes.get(id)?.type, port);
		return {
			start,
			move: (event) => {
				const next = amount + ((start.y - event.clientY) / amountTravel) * (event.shiftKey ? 0.1 : 1);
				const rounded = Math.abs(next) < 0.015 ? 0 : Number(next.toFixed(3));
				this.actions.setAmount(key, rounded);
				this.show(null, formatAmount(rounded, spec));
			},
			end: () => this.show(null),
		};
	}

	// MARK: Cables

	/// Drags a cable from a port; from an input with one cable that cable's end is replugged (with Alt a new one begins).
	connecting(start, isTouch) {
		const { port, isOut } = start.hit;
		const attached = !isOut && !start.event.altKey ? [...this.app.patch.cables].filter(([, cable]) => cable.to === port) : [];
		const replaces = attached.length === 1 ? attached[0][0] : undefined;
		const origin = replaces ? attached[0][1].from : port, fromOut = replaces ? true : isOut;
		const amount = replaces ? attached[0][1].amount : undefined;
		return {
			start,
			click: () => this.tapPort({ port, isOut }, isTouch),
			move: (event, at) => {
				const target = this.target(origin, fromOut, at, replaces);
				const end = target.port ? this.portPoint(target.port, !fromOut) : at, begin = this.portPoint(origin, fromOut);
				const points = fromOut ? curve(begin.x, begin.y, end.x, end.y) : curve(end.x, end.y, begin.x, begin.y);
				this.show({ points, kind: this.kind(origin, fromOut, target), box: target.node && this.app.bounds(target.node), isBad: target.isLoop || target.isBad || target.removes, replugs: replaces, cableTarget: target.cable }, target.hint);
			},
			end: (event, at) => {
				const target = this.target(origin, fromOut, at, replaces);
				this.show(null);
				this.plug(origin, fromOut, target, { event, at, replaces, amount });
			},
		};
	}

	portPoint(port, isOut) {
		const [id, name] = splitPort(port), at = this.app.place(id), place = portPlace(this.app.shape(id), name, isOut);
		return { x: at.x + place.x, y: at.y + place.y };
	}
	kind(origin, fromOut, target) {
		const input = fromOut ? target.port : origin;
		const output = fromOut ? origin : target.port;
		return this.app.patch.kindOfCable({ from: output ?? "", to: input ?? "" });
	}

	/// The port that a cable would be plugged into at a point, and what that would do. `replaces`: the cable whose end is
	/// dragged.
	target(origin, fromOut, at, replaces) {
		const hit = this.stage.hit(at.x, at.y, 18 / this.stage.view.scale), { registry, patch } = this.app;
		if (!hit.node && replaces) return { removes: true, hint: `Drop to unplug ${patch.cables.get(replaces).from} from ${patch.cables.get(replaces).to}` };
		if (hit.cable && !hit.node) return { cable: hit.cable, hint: "Drop to choose a module for this cable" };
		if (!hit.node) return { hint: "Drop to add a module here" };
		const type = patch.nodes.get(hit.node).type;
		let port = hit.port && hit.isOut !== fromOut ? hit.port : undefined;
		if (!port && fromOut && hit.row) port = hit.row;
		const name = fromOut ? registry.mainInput(type) : registry.mainOutput(type);
		if (!port && name) port = `${hit.node}/${name}`;
		if (!port) return { node: hit.node, isBad: true, hint: `${hit.node} has no ${fromOut ? "main input: drop on one of its inputs" : "output"}` };
		const spec = fromOut && registry.input(type, splitPort(port)[1]);
		if (spec && spec.modulation === "none") return { node: hit.node, isBad: true, hint: `${port} is a setting: no cable reaches it` };
		const [from, to] = fromOut ? [origin, port] : [port, origin];
		if (patch.cables.has(`${from} ${to}`)) return { node: hit.node, port, isSame: true, hint: "These are connected" };
		const isLoop = this.actions.wouldLoop(nodeOf(from), nodeOf(to));
		return { node: hit.node, port, isLoop, hint: isLoop ? `A loop: drop to connect through a feedback node` : `${from} → ${to}${this.sum(to, replaces)}` };
	}

	/// Cables that end at an input are added up: what a further one is added to.
	sum(to, replaces) {
		const others = [...this.app.patch.cables].filter(([key, cable]) => cable.to === to && key !== replaces);
		return others.length ? ` (adds to ${others.length === 1 ? others[0][1].from : `${others.length} others`})` : "";
	}

	plug(origin, fromOut, target, { event, at, replaces, amount }) {
		if (target.isBad || target.isSame) {
			if (target.isBad) this.app.report({ code: "cable", message: target.hint, place: target.node });
			return;
		}
		if (target.port) {
			const [from, to] = fromOut ? [origin, target.port] : [target.port, origin];
			return this.actions.connect(from, to, { replaces, amount });
		}
		if (target.removes) return this.app.edit([this.actions.disconnection(replaces)]);
		this.addMenu(event.clientX, event.clientY, at, { origin, fromOut, cable: target.cable });
	}

	/// Touch: tap a port, then another.
	tapPort(hit, isTouch) {
		if (!isTouch) return this.app.select([nodeOf(hit.port)]);
		this.tapped = hit;
		this.show({ box: this.app.bounds(nodeOf(hit.port)) }, `${hit.port}: tap the port to connect to`);
	}
	finishTap(hit) {
		const first = this.tapped;
		this.tapped = null;
		this.show(null);
		if (first.isOut === hit.isOut) return;
		const [from, to] = first.isOut ? [first.port, hit.port] : [hit.port, first.port];
		this.actions.connect(from, to);
	}

	// MARK: Menus and drops

	addAtMiddle() {
		const { left, top, width, height } = this.stage.element.getBoundingClientRect(), x = left + width / 2, y = top + height / 2;
		const at = this.stage.toWorld(x, y);
		this.addMenu(x - 160, y - 40, { x: at.x - 100, y: at.y - 40 });
	}

	/// Modules, and nodes that are there, for a place of the map or the end of a cable.
	addMenu(x, y, at, { origin, fromOut, cable } = {}) {
		const { app, actions } = this, { registry, patch } = app;
		openSearchMenu({
			x, y, placeholder: origin ? `Connect ${origin} to…` : cable ? "Insert module…" : "Add module…",
			find: (text) => {
				const fits = (module) => !origin || (fromOut ? module.mainInput : module.outputs.length);
				const modules = registry.search(text).filter((module) => fits(module) && (!cable || actions.canInsert(module.name)));
				const items = modules.map((module) => ({
					label: module.name, detail: module.summary,
					run: () => {
						if (origin) return actions.add(module.name, { x: fromOut ? at.x : at.x - 200, y: at.y }, [(id) => (fromOut ? ["/patch/connect", origin, id] : ["/patch/connect", id, origin])]);
						if (cable) return actions.addInto(module.name, cable, { x: at.x - 100, y: at.y + 30 });
						return actions.add(module.name, at);
					},
				}));
				if (!origin || !text) return items;
				const nodes = [...patch.nodes.keys()].filter((id) => id.toLowerCase().includes(text.toLowerCase()) && id !== nodeOf(origin));
				return [...nodes.map((id) => ({
					label: id, detail: `the ${patch.nodes.get(id).type} in this patch`,
					run: () => (fromOut ? actions.connect(origin, id) : actions.connect(id, origin)),
				})), ...items];
			},
		});
	}

	context(event, hit) {
		event.preventDefault();
		if (event.target.closest?.(".dial")) return;
		const at = this.stage.toWorld(event.clientX, event.clientY), { app, actions } = this;
		const found = hit ?? this.stage.hit(at.x, at.y);
		this.drag = null;
		if (found.node) {
			if (!app.selected.has(found.node)) app.select([found.node]);
			return openMenu(event.clientX, event.clientY, [
				{ label: "Replace…", run: () => this.replaceMenu(found.node, event.clientX, event.clientY) },
				{ label: "Duplicate", run: () => actions.duplicate() },
				{ label: "Disconnect", run: () => actions.disconnectNode(found.node), isDisabled: this.isLoose(found.node) },
				{ label: "Why is it silent?", run: () => app.announce("why", found.node) },
				{ label: "Show what feeds it", run: () => app.select(this.feeding(found.node)) },
				{ label: "Delete", run: () => actions.deleteSelected() },
			]);
		}
		if (found.cable) {
			app.selectCable(found.cable);
			return openMenu(event.clientX, event.clientY, [
				{ label: "Insert module…", run: () => this.addMenu(event.clientX, event.clientY, at, { cable: found.cable }) },
				{ label: "Delete cable", run: () => actions.deleteSelected() },
			]);
		}
		openMenu(event.clientX, event.clientY, [
			{ label: "Add module…", run: () => this.addMenu(event.clientX, event.clientY, at) },
			{ label: "Show all", run: () => this.stage.fit() },
			{ label: "Arrange all nodes", run: () => actions.arrange() },
			{ label: "Paste", run: () => actions.pasteClip() },
		]);
	}

	replaceMenu(id, x, y) {
		openSearchMenu({
			x, y, placeholder: `Replace ${id} by…`,
			find: (text) => this.app.registry.search(text).map((module) => ({ label: module.name, detail: module.summary, run: () => this.actions.replace(id, module.name) })),
		});
	}

	/// A node and all nodes whose signals reach it.
	feeding(id) {
		const seen = new Set(), open = [id];
		while (open.length) {
			const next = open.pop();
			if (seen.has(next)) continue;
			seen.add(next);
			for (const { from } of this.app.patch.cablesInto(next)) open.push(nodeOf(from));
		}
		return [...seen];
	}

	dragOver(event) {
		event.preventDefault();
		const at = this.stage.toWorld(event.clientX, event.clientY), isModule = event.dataTransfer.types.includes("text/weft-module");
		const cable = isModule && this.stage.cableAt(at.x, at.y, 14 / this.stage.view.scale);
		const hint = cable ? "Drop to insert into this cable" : isModule ? "Drop to add" : "Drop a sound file: it becomes a sampler";
		this.show(cable ? { cableTarget: cable } : null, hint);
	}
	async drop(event) {
		event.preventDefault();
		const cable = this.stage.overlay?.cableTarget, at = this.stage.toWorld(event.clientX, event.clientY);
		this.show(null);
		const type = event.dataTransfer.getData("text/weft-module");
		if (type) return cable ? this.actions.addInto(type, cable, { x: at.x - 100, y: at.y - 15 }) : this.actions.add(type, { x: at.x - 100, y: at.y - 15 });
		for (const file of event.dataTransfer.files) await this.actions.addSound(file, at);
	}
}

const middle = ({ x, y, w, h }) => [x + w / 2, y + h / 2];
