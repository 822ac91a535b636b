// The page's model: connection, session, selection, places; it announces what changes.
//
// Events: patch, values, selection, status, levels, history, clients, problem, state, notify (detail: address, args).
import { Failure } from "./connection.js";
import { Session, nodeOf, splitPort } from "./patch.js";
import { layoutBlocks } from "./blocks.js";
import { overlaps, portPlace, shape } from "./geometry.js";
import { int } from "./osc.js";

const meterRate = 30; // a second
const layoutEdits = new Set(["/patch/place", "/patch/create", "/patch/delete", "/patch/connect", "/patch/disconnect", "/patch/rename"]);
const topics = ["commit", "history", "param", "macro", "midi", "error", "others", "client", "xrun", "transport", "record", "track"];

export class App extends EventTarget {
	constructor(registry, connection) {
		super();
		this.registry = registry;
		this.session = new Session(registry);
		this.connection = connection;
		this.selected = new Set(); // ids of nodes
		this.selectedCable = null; // key of a cable
		this.places = new Map(); // id -> { x, y } of nodes without "at"
		this.unplaced = new Set(); // ids of nodes that had "at"
		this.committedIds = new Set();
		this.levels = new Map(); // node/port -> byte
		this.problems = [];
		this.holds = false;
		this.held = new Map(); // parameters that this page moves: id/param -> value
		this.automated = new Map();
		this.authors = new Map(); // label of a step of the history -> client that committed it, unless it is this page
		this.shapes = new Map();
		this.phase = "connecting";
		this.connection.addEventListener("status", (event) => this.receiveStatus(event.detail));
		this.connection.addEventListener("message", (event) => this.receive(event.detail.address, event.detail.args));
	}

	announce(type, detail) {
		this.dispatchEvent(new CustomEvent(type, { detail }));
	}

	// MARK: What the engine sends

	async receiveStatus(status) {
		this.phase = status === "ready" ? "resyncing" : status;
		this.announce("status");
		if (status === "ready") await this.synchronize();
	}

	async synchronize() {
		this.phase = "resyncing";
		try {
			await this.connection.request("/edits", true);
			await this.connection.request("/notify", true, ...topics);
			this.subscribeLevels();
			this.connection.post("/client/name", this.clientName);
		} catch (failure) {
			if (failure.code === "disconnected") return;
			this.report(failure);
		}
		this.phase = "ready";
		this.announce("status");
	}

	get clientName() {
		return localStorage.getItem("weft.name") || "page";
	}

	subscribeLevels() {
		this.connection.post("/meters", !document.hidden, meterRate);
		this.connection.post("/meter", "out", !document.hidden, 10);
	}

	receive(address, args) {
		switch (address) {
			case "/state":
				if (!this.session.receiveState(args)) return;
				this.order = null;
				this.committedIds = new Set(this.patch.nodes.keys());
				this.forgetShapes();
				this.keepSelection();
				this.announce("state");
				this.announce("patch");
				this.announce("history");
				this.announce("clients");
				return;
			case "/notify/edit": return this.receiveEdit(args);
			case "/notify/levels": return this.receiveLevels(args);
			case "/notify/history":
				[this.session.undo, this.session.redo] = args;
				this.session.dirty = args[2] === 1 || args[2] === true;
				[this.session.path, this.session.unsaved] = [args[3] || null, args[4] === 1];
				return this.announce("history");
			case "/notify/commit": {
				const [, , client, , ...changes] = args;
				this.authors.set(changes.join("; "), client);
				if (this.authors.size > 1000) this.authors.delete(this.authors.keys().next().value);
				this.announce("history");
				break;
			}
			case "/notify/client": return this.receiveClient(args);
			case "/notify/error": {
				const [code, message, client, of, , place, suggestion] = args;
				if (client === this.session.client && client !== 0) return;
				if (code === "silent") return this.patch.nodes.size && this.announce("say", `The patch is silent: ${message}.`); // no error
				const author = client && (this.session.clients?.get(client)?.name || `client ${client}`);
				return this.report({ code, message: place ? `${place}: ${message}` : message, address: of, place, author, suggestions: suggestion ? [suggestion] : [] });
			}
			case "/notify/param":
				if (typeof args[2] === "number" || typeof args[2] === "string") this.receiveParam(args);
				break;
		}
		this.announce("notify", { address, args });
	}

	receiveEdit(args) {
		const at = args[2].endsWith("/patch/place") && this.patch.nodes.get(args[3])?.at;
		let edit;
		try {
			edit = this.session.receiveEdit(args);
		} catch {
			return this.synchronize();
		}
		if (!edit) return;
		const [, root, id, name] = edit.address.split("/");
		if (root === "mod") {
			this.automated.delete(`${id}/${name}`);
			return this.announce("values", { id, name });
		}
		if (edit.address === "/patch/rename") {
			const [from, to] = edit.args;
			if (this.places.has(from)) this.places.set(to, this.places.get(from));
			if (this.selected.delete(from)) this.selected.add(to);
		}
		this.forgetShapes();
		if (edit.address === "/patch/place") this.keepPlace(edit.args[0], at);
		if (edit.address === "/patch/commit") this.receiveCommit();
		this.keepSelection();
		this.announce("patch", edit);
		this.announce("history");
	}

	/// A node whose place was removed, by undo, stays where it is.
	keepPlace(id, at) {
		const node = this.patch.nodes.get(id);
		if (!at || !node || node.at || this.places.has(id)) return;
		this.places.set(id, { x: at[0], y: at[1] });
		this.unplaced.add(id);
	}

	/// Undo of the first place that was stored restores the automatic layout. Another patch is laid out anew; one with
	/// most of the nodes of the last commit keeps their places.
	receiveCommit() {
		this.order = null;
		const ids = new Set(this.patch.nodes.keys()), last = this.committedIds, common = [...ids].filter((id) => last.has(id)).length;
		this.committedIds = ids;
		if (last.size && 2 * common < ids.size && 2 * common < last.size) {
			this.places.clear();
			this.announce("loaded");
		} else if (this.unplaced.size && ![...this.patch.nodes.values()].some((node) => node.at)) {
			const found = this.computeLayout();
			for (const id of this.unplaced) if (found.has(id)) this.places.set(id, found.get(id));
		} else return;
		this.unplaced.clear();
	}

	receiveParam([id, name, value, seconds]) {
		if (seconds > 0) this.automated.set(`${id}/${name}`, value);
		this.announce("values", { id, name });
	}

	receiveClient([id, name, event, ...selects]) {
		const clients = this.session.clients;
		if (!clients) return;
		if (event === "left") clients.delete(id);
		else {
			const known = clients.get(id);
			clients.set(id, { id, name: name || known?.name || "", selects: event === "selects" ? selects : known?.selects ?? [] });
		}
		this.announce("clients");
	}

	/// Levels come in the order of the committed nodes by id, and of their outputs.
	receiveLevels([, bytes]) {
		if (!this.order) {
			this.order = [];
			const nodes = [...this.session.committed.nodes].sort(([a], [b]) => (a < b ? -1 : 1));
			for (const [id, { type }] of nodes)
				for (const { name } of this.registry.get(type)?.outputs ?? []) this.order.push(`${id}/${name}`);
		}
		if (bytes.length !== this.order.length) return;
		this.order.forEach((port, i) => this.levels.set(port, bytes[i]));
		this.announce("levels");
	}

	/// Shows what went wrong, in words, at the bottom and at its node; that of an author, another client, only in the list
	/// of errors. Where one of the messages names what is wrong, they can be sent again with what is suggested instead.
	report(failure, messages = []) {
		const message = plain(failure.message ?? ""), place = failure.place || placeOf(message), [suggestion] = failure.suggestions ?? [];
		const entry = {
			code: failure.code ?? "error", message, address: failure.address ?? "", author: failure.author || "",
			place, suggestions: failure.suggestions ?? [], time: new Date(),
		};
		if (suggestion && messages.some((parts) => parts.includes(place))) {
			const others = messages.map((parts) => parts.map((part) => (part === place ? suggestion : part)));
			entry.retry = { label: `Use ${suggestion} instead`, run: () => this.edit(others) };
		}
		this.problems.unshift(entry);
		this.problems.length = Math.min(this.problems.length, 100);
		this.announce("problem", entry);
	}

	// MARK: Places

	get patch() {
		return this.session.draft;
	}

	/// The name of the other client that made a step of the history; nothing for this page's own.
	author(label) {
		const id = this.authors.get(label);
		return id === undefined || id === this.session.client ? "" : this.session.clients?.get(id)?.name || `client ${id}`;
	}

	forgetShapes() {
		this.shapes.clear();
	}
	shape(id) {
		let known = this.shapes.get(id);
		if (!known) this.shapes.set(id, (known = shape(id, this.patch)));
		return known;
	}

	/// The place of a node: its own, or one that the page has found for it.
	place(id) {
		const at = this.dragged?.get(id) ?? this.patch.nodes.get(id)?.at;
		if (at) return Array.isArray(at) ? { x: at[0], y: at[1] } : at;
		if (!this.places.has(id)) this.findPlaces();
		return this.places.get(id) ?? { x: 0, y: 0 };
	}

	bounds(id) {
		const { x, y } = this.place(id), { w, h } = this.shape(id);
		return { x, y, w, h };
	}

	isPlaced(id) {
		return Boolean(this.places.has(id) || this.patch.nodes.get(id)?.at);
	}

	/// A few nodes without places go beside their neighbours. Where most lack one, the whole patch is laid out and moved
	/// to the nodes that have one.
	findPlaces() {
		const ids = [...this.patch.nodes.keys()].sort(), placed = ids.filter((id) => this.isPlaced(id)), open = ids.filter((id) => !this.isPlaced(id));
		if (open.length <= placed.length) {
			for (const id of open) this.places.set(id, this.placeBeside(id));
			return;
		}
		const found = this.computeLayout(), shift = { x: 0, y: 0 };
		for (const id of placed) {
			const { x, y } = this.place(id), at = found.get(id);
			shift.x += (x - at.x) / placed.length;
			shift.y += (y - at.y) / placed.length;
		}
		for (const id of open) {
			const at = { x: found.get(id).x + shift.x, y: found.get(id).y + shift.y };
			this.places.set(id, placed.length ? this.freePlace(id, at) : at);
		}
	}

	/// Places of all nodes by their cables alone: the same in every page, in whatever order the edits came.
	computeLayout() {
		const boxes = [...this.patch.nodes.keys()].sort().map((id) => {
			const { w, h, ins, outs } = this.shape(id);
			return { id, w, h, ins: ins.length, outs: outs.length };
		});
		const port = (list, name) => Math.max(0, list.findIndex((port) => port.name === name));
		const cables = [...this.patch.cables].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, cable]) => cable);
		const edges = cables.filter(({ from, to }) => this.patch.nodes.has(nodeOf(from)) && this.patch.nodes.has(nodeOf(to))).map(({ from, to }) => {
			const [a, out] = splitPort(from), [b, input] = splitPort(to), { outs } = this.shape(a), { ins } = this.shape(b);
			return {
				from: a, to: b, fromPort: port(outs, out), toPort: port(ins, input),
				fromY: portPlace(this.shape(a), out, true).y, toY: portPlace(this.shape(b), input, false).y,
			};
		});
		return layoutBlocks(boxes, edges);
	}

	/// A free place beside the node's first neighbour.
	placeBeside(id) {
		const into = this.patch.cablesInto(id)[0], out = this.patch.cablesOutOf(id)[0];
		const known = (node) => node && node !== id && this.isPlaced(node);
		const before = into && nodeOf(into.from), after = out && nodeOf(out.to);
		if (known(before)) {
			const box = this.bounds(before);
			return this.freePlace(id, { x: box.x + box.w + 72, y: box.y });
		}
		if (known(after)) {
			const box = this.bounds(after);
			return this.freePlace(id, { x: box.x - box.w - 72, y: box.y });
		}
		const boxes = [...this.patch.nodes.keys()].filter((other) => known(other)).map((other) => this.bounds(other));
		return this.freePlace(id, { x: 0, y: Math.max(0, ...boxes.map((box) => box.y + box.h)) + 24 });
	}

	/// The nearest place below `wanted` that overlaps no node.
	freePlace(id, wanted, size = this.patch.nodes.has(id) ? this.shape(id) : { w: 200, h: 120 }) {
		const place = { x: Math.round(wanted.x), y: Math.round(wanted.y) };
		const others = [...this.patch.nodes.keys()]
			.filter((other) => other !== id && this.isPlaced(other))
			.map((other) => this.bounds(other));
		for (let i = 0; i < 200; i++) {
			const box = { ...place, w: size.w, h: size.h }, hit = others.find((other) => overlaps(box, other));
			if (!hit) break;
			place.y = hit.y + hit.h + 20;
		}
		return place;
	}

	// MARK: Selection

	select(ids, { keep = false } = {}) {
		if (!keep) this.selected.clear();
		for (const id of ids) if (this.patch.nodes.has(id)) this.selected.add(id);
		this.selectedCable = null;
		this.announceSelection();
	}
	toggle(id) {
		if (!this.selected.delete(id)) this.selected.add(id);
		this.selectedCable = null;
		this.announceSelection();
	}
	selectCable(key) {
		this.selected.clear();
		this.selectedCable = key;
		this.announceSelection();
	}
	announceSelection() {
		this.announce("selection");
		this.connection.post("/client/select", ...[...this.selected].slice(0, 32));
	}
	keepSelection() {
		for (const id of this.selected) if (!this.patch.nodes.has(id)) this.selected.delete(id);
		if (this.selectedCable && !this.patch.cables.has(this.selectedCable)) this.selectedCable = null;
		this.announce("selection");
	}
	get onlySelected() {
		return this.selected.size === 1 ? [...this.selected][0] : null;
	}

	// MARK: Edits

	/// Performs edits as one transaction and makes them sound, unless the draft is held.
	async edit(messages, { commits = true } = {}) {
		if (!messages.length) return true;
		messages = [...this.storedPlaces(messages), ...messages];
		try {
			await this.connection.bundle(commits && !this.holds ? [...messages, ["/patch/commit"]] : messages);
			return true;
		} catch (failure) {
			if (failure instanceof Failure) this.report(failure, messages);
			else throw failure;
			return false;
		}
	}

	/// Edits that store the places of nodes as they are shown, before an edit by which a layout would change.
	storedPlaces(messages) {
		if (!messages.some(([address]) => layoutEdits.has(address))) return [];
		const places = [...this.patch.nodes].filter(([, node]) => !node.at).flatMap(([id]) => {
			const { x, y } = this.places.get(id) ?? this.place(id);
			return [id, Math.round(x), Math.round(y)];
		});
		return places.length ? [["/patch/place", ...places]] : [];
	}

	/// Performs one command and returns its reply, or nothing after an error that is shown.
	async command(address, ...args) {
		try {
			return await this.connection.request(address, ...args);
		} catch (failure) {
			if (failure instanceof Failure) this.report(failure);
			else throw failure;
			return undefined;
		}
	}

	/// Sets a parameter at once; further values of it go out once a frame.
	setValue(id, name, value) {
		const key = `${id}/${name}`, isWaiting = this.held.has(key), known = this.patch.value(id, name);
		const isSame = known === value || (typeof value === "number" && Math.fround(known) === Math.fround(value));
		if (isSame && !this.automated.has(key)) return; // no step of the history
		this.held.set(key, value);
		this.patch.apply(`/mod/${id}/${name}`, [value]);
		this.announce("values", { id, name, isOwn: true });
		if (!isWaiting) this.sendHeld(key);
	}
	sendHeld(key) {
		const value = this.held.get(key), [id, name] = splitPort(key);
		this.sendValue(id, name, value);
		requestAnimationFrame(() => {
			if (this.held.get(key) === value) this.held.delete(key);
			else this.sendHeld(key);
		});
	}
	sendValue(id, name, value) {
		const spec = this.registry.input(this.patch.nodes.get(id)?.type, name);
		if (spec?.type === "file") return this.edit([[`/mod/${id}/${name}`, value]]);
		return this.connection.request(`/mod/${id}/${name}`, spec?.type === "int" ? int(value) : value).catch((failure) => {
			this.report(failure);
			this.synchronize(); // the copy holds a value that weft refused
		});
	}
}

/// A message without the command and the code that an aborted transaction puts in front of it.
const plain = (message) => message.replace(/^\/\S+: (?:[a-z]+-?)+: /, "");

/// The place in front of a message, such as "filt1/cutoff: …".
function placeOf(message) {
	const found = /^([A-Za-z][\w-]*(?:\/[\w-]+)?): /.exec(message ?? "");
	return found ? found[1] : "";
}
