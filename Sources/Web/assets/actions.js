// Edits of the patch as people make them: each is one transaction.
import { nodeOf, Patch, splitPort } from "./patch.js";
import { shape } from "./geometry.js";
import { int } from "./osc.js";

const beside = 56; // from the edge of a node to the next

export class Actions {
	constructor(app) {
		this.app = app;
	}
	get patch() {
		return this.app.patch;
	}

	place(id, { x, y }) {
		return ["/patch/place", id, Math.round(x), Math.round(y)];
	}

	/// Adds a module at a place of the map; returns its id, or nothing after an error.
	async add(type, place, extra = []) {
		const id = this.patch.freeId(type);
		const at = this.app.freePlace(id, place);
		this.app.places.set(id, at);
		const isDone = await this.app.edit([["/patch/create", id, type], this.place(id, at), ...extra.map((message) => message(id))]);
		if (!isDone) return undefined;
		this.app.select([id]);
		return id;
	}

	/// Adds a module behind the selected node and connects the two.
	addAfterSelected(type, middle) {
		const id = this.app.onlySelected, module = this.app.registry.get(type);
		if (!id) return this.add(type, middle);
		const box = this.app.bounds(id), hasOutput = this.app.registry.get(this.patch.nodes.get(id).type)?.outputs.length;
		const place = { x: box.x + box.w + beside, y: box.y };
		return this.add(type, place, hasOutput && module.mainInput ? [(added) => ["/patch/connect", id, added]] : []);
	}

	/// A cable, or through a new feedback node where it would close a loop.
	connect(from, to, { amount, replaces } = {}) {
		const messages = [];
		if (replaces) messages.push(this.disconnection(replaces));
		if (this.wouldLoop(nodeOf(from), nodeOf(to))) {
			const id = this.patch.freeId("feedback"), a = this.app.bounds(nodeOf(from)), b = this.app.bounds(nodeOf(to));
			const at = this.app.freePlace(id, { x: (a.x + b.x) / 2, y: Math.max(a.y + a.h, b.y + b.h) + 40 });
			this.app.places.set(id, at);
			messages.push(["/patch/create", id, "feedback"], this.place(id, at), ["/patch/connect", from, id]);
			messages.push(["/patch/connect", id, to, ...(amount === undefined ? [] : [amount])]);
		} else messages.push(["/patch/connect", from, to, ...(amount === undefined ? [] : [amount])]);
		return this.app.edit(messages);
	}
	wouldLoop(from, to) {
		return from === to ? !this.app.registry.breaksCycles(this.patch.nodes.get(from)?.type) : this.patch.reaches(to, from);
	}
	disconnection(key) {
		const { from, to } = this.patch.cables.get(key);
		return ["/patch/disconnect", from, to];
	}

	/// Puts a node into a cable.
	insert(id, key) {
		return this.app.edit(this.insertion(id, this.patch.nodes.get(id).type, key));
	}
	insertion(id, type, key) {
		const { from, to, amount } = this.patch.cables.get(key), { registry } = this.app;
		return [
			this.disconnection(key), ["/patch/connect", from, `${id}/${registry.mainInput(type)}`],
			["/patch/connect", `${id}/${registry.mainOutput(type)}`, to, amount],
		];
	}
	canInsert(type) {
		return Boolean(this.app.registry.mainInput(type) && this.app.registry.mainOutput(type));
	}
	/// Adds a module into a cable, between its ends: what comes after makes room.
	async addInto(type, key, place) {
		if (!this.canInsert(type)) return this.add(type, place);
		const { from, to } = this.patch.cables.get(key), before = this.app.bounds(nodeOf(from)), after = this.app.bounds(nodeOf(to));
		const between = { x: before.x + before.w + beside, y: before.y }, needed = between.x + before.w + beside;
		const moved = new Map();
		if (after.x > before.x && after.x < needed) {
			for (const id of this.downstream(nodeOf(to))) {
				const at = this.app.place(id);
				if (at.x >= after.x - 1) moved.set(id, { x: at.x + needed - after.x, y: at.y });
			}
			place = between;
		} else if (after.x >= needed) place = { x: (between.x + after.x - beside - before.w) / 2, y: (before.y + after.y) / 2 };
		const moves = [...moved].map(([id, at]) => () => this.place(id, at));
		if (moved.size) this.app.dragged = moved; // shown at once
		const added = await this.add(type, place, [...moves, ...this.intoCable(type, key)]);
		this.app.dragged = null;
		return added;
	}
	/// A node and all that it feeds.
	downstream(id) {
		const seen = new Set(), open = [id];
		while (open.length) {
			const next = open.pop();
			if (seen.has(next)) continue;
			seen.add(next);
			for (const { to } of this.patch.cablesOutOf(next)) open.push(nodeOf(to));
		}
		return seen;
	}
	intoCable(type, key) {
		return this.insertion("", type, key).map((message) => (id) =>
			message.map((part) => (typeof part === "string" && part.startsWith("/") && !part.startsWith("/patch") ? id + part : part)));
	}

	/// Sets the amount of a cable: while it is dragged at most once a frame, without a commit for each.
	setAmount(key, amount) {
		const cable = this.patch.cables.get(key);
		if (!cable) return;
		cable.amount = amount;
		const isWaiting = this.waitingAmount;
		this.waitingAmount = { key, amount };
		if (isWaiting) return;
		requestAnimationFrame(async () => {
			const { key, amount } = this.waitingAmount, { from, to } = this.patch.cables.get(key) ?? {};
			if (from) await this.app.edit([["/patch/connect", from, to, amount]]);
			this.waitingAmount = null;
		});
		this.app.announce("patch");
	}

	async deleteSelected() {
		const { selected, selectedCable } = this.app;
		if (selectedCable) return this.app.edit([this.disconnection(selectedCable)]);
		return this.app.edit([...selected].map((id) => ["/patch/delete", id]));
	}

	async disconnectNode(id) {
		return this.app.edit([...this.patch.cables].filter(([, { from, to }]) => nodeOf(from) === id || nodeOf(to) === id).map(([key]) => this.disconnection(key)));
	}

	/// Moves nodes: saved with the patch, without a compile.
	async move(places) {
		this.app.dragged = places; // shown at once
		await this.app.edit([...places].map(([id, place]) => this.place(id, place)), { commits: false });
		this.app.dragged = null;
		this.app.announce("patch");
	}

	async arrange() {
		await this.move(this.app.computeLayout());
	}

	/// The selected nodes and the cables among them, as JSON.
	copyText() {
		const ids = this.app.selected, { patch } = this;
		if (!ids.size) return undefined;
		const nodes = Object.fromEntries([...ids].map((id) => [id, { ...patch.nodes.get(id), at: Object.values(this.app.place(id)) }]));
		const cables = [...patch.cables.values()].filter(({ from, to }) => ids.has(nodeOf(from)) && ids.has(nodeOf(to)));
		return JSON.stringify({ weft: 1, nodes, cables: cables.map(({ from, to, amount }) => [from, to, amount]) }, null, 2);
	}

	/// Copies the selection. Where a page may not use the clipboard, as over http from another machine, it keeps the text.
	copy() {
		const text = this.copyText();
		if (!text) return false;
		this.clip = text;
		navigator.clipboard?.writeText(text).catch(() => {});
		return true;
	}
	/// Pastes what was copied, here or elsewhere, at the pointer.
	async pasteClip() {
		const text = await (navigator.clipboard?.readText?.().catch(() => "") ?? "");
		return (await this.paste(text, this.pointer)) || this.paste(this.clip ?? "", this.pointer);
	}

	/// Adds copied nodes under free ids, as a group on free ground: around a point, else beside where they were.
	async paste(text, point) {
		let copied;
		try {
			copied = JSON.parse(text);
		} catch {
			return false;
		}
		if (!copied?.nodes) return false;
		const names = new Map(), messages = [], taken = new Set(this.patch.nodes.keys()), before = new Set(taken);
		const free = (id) => {
			for (let i = 2; ; i++) {
				const stem = id.replace(/\d+$/, "").slice(0, 28) || "node", name = taken.has(id) ? stem + i : id;
				if (!taken.has(name)) return taken.add(name), name;
			}
		};
		const shift = this.shiftOfGroup(copied, point);
		for (const [id, node] of Object.entries(copied.nodes)) {
			const name = free(id);
			names.set(id, name);
			messages.push(["/patch/create", name, node.type, ...Object.entries(node.params ?? {}).flat()]);
			const at = { x: (node.at?.[0] ?? 0) + shift.x, y: (node.at?.[1] ?? 0) + shift.y };
			this.app.places.set(name, at);
			messages.push(this.place(name, at));
		}
		for (const [from, to, amount] of copied.cables ?? []) {
			const [a, out] = splitPort(from), [b, input] = splitPort(to);
			if (names.has(a) && names.has(b)) messages.push(["/patch/connect", `${names.get(a)}/${out}`, `${names.get(b)}/${input}`, amount ?? 1]);
		}
		if (!(await this.app.edit(messages))) return false;
		const added = [...this.patch.nodes.keys()].filter((id) => !before.has(id));
		this.app.select(added);
		if (added.length) this.app.announce("reveal", added[0]);
		return true;
	}
	/// The way from the places of copied nodes to free ground for all of them.
	shiftOfGroup(copied, point) {
		const patch = new Patch(copied, this.app.registry), from = { x: Infinity, y: Infinity }, to = { x: -Infinity, y: -Infinity };
		for (const [id, { at = [0, 0] }] of patch.nodes) {
			const { w, h } = shape(id, patch);
			[from.x, from.y] = [Math.min(from.x, at[0]), Math.min(from.y, at[1])];
			[to.x, to.y] = [Math.max(to.x, at[0] + w), Math.max(to.y, at[1] + h)];
		}
		const size = { w: to.x - from.x, h: to.y - from.y };
		const wanted = point ? { x: point.x - size.w / 2, y: point.y - size.h / 2 } : { x: from.x + 40, y: from.y + 40 };
		const place = this.app.freePlace("", wanted, size);
		return { x: place.x - from.x, y: place.y - from.y };
	}

	async duplicate() {
		const text = this.copyText();
		if (text) await this.paste(text);
	}

	async rename(id, other) {
		if (other && other !== id) await this.app.edit([["/patch/rename", id, other]]);
	}

	/// Another module in the place of a node: cables stay where the new one has their ports.
	async replace(id, type) {
		const node = this.patch.nodes.get(id), { registry } = this.app, module = registry.get(type);
		if (node.type === type) return;
		const temporary = this.patch.freeId(type);
		const kept = Object.entries(node.params).filter(([name]) => {
			const a = registry.input(node.type, name), b = module.ports.get(name);
			return b && a?.type === b.type && a.unit === b.unit;
		});
		const inputOf = (name) => (module.ports.get(name) && module.ports.get(name).modulation !== "none" ? name : name === registry.mainInput(node.type) ? module.mainInput : null);
		const outputOf = (name) => (module.outputs.some((output) => output.name === name) ? name : module.outputs[0]?.name);
		const messages = [["/patch/create", temporary, type, ...kept.flat()], this.place(temporary, this.app.place(id))];
		for (const { from, to, amount } of this.patch.cablesInto(id)) {
			const input = inputOf(splitPort(to)[1]);
			if (input && nodeOf(from) !== id) messages.push(["/patch/connect", from, `${temporary}/${input}`, amount]);
		}
		for (const { from, to, amount } of this.patch.cablesOutOf(id)) {
			const output = outputOf(splitPort(from)[1]);
			if (output && nodeOf(to) !== id) messages.push(["/patch/connect", `${temporary}/${output}`, to, amount]);
		}
		messages.push(["/patch/delete", id]);
		if (await this.app.edit(messages)) this.app.select([temporary]);
	}

	/// A sound file becomes a sampler beside the others.
	async addSound(file, place) {
		const path = "/files/" + encodeURIComponent(file.name);
		const headers = { "Content-Type": "application/octet-stream" };
		if (this.app.connection.token) headers.Authorization = `Bearer ${this.app.connection.token}`;
		let response = await fetch(path, { method: "PUT", body: file, headers });
		if (response.status === 409 && confirm(`${file.name} is there already. Replace it?`))
			response = await fetch(path + "?overwrite", { method: "PUT", body: file, headers });
		const reply = await response.json().catch(() => ({}));
		if (!response.ok) return this.app.report({ code: "upload", message: reply.message ?? `${file.name} was refused (${response.status})` });
		const id = this.patch.freeId("sampler"), at = this.app.freePlace(id, place);
		this.app.places.set(id, at);
		if (await this.app.edit([["/patch/create", id, "sampler", "file", reply.path ?? file.name], this.place(id, at)])) this.app.select([id]);
	}

	commit(when) {
		if (when) return this.app.command("/at", when, "/patch/commit");
		return this.app.command("/patch/commit");
	}
	panic() {
		return this.app.command("/note/panic");
	}
	setVolume(db) {
		this.app.session.volume = db;
		this.app.connection.post("/engine/volume", db);
	}
	setVoices(count) {
		return this.app.edit([["/patch/voices", int(count)]]);
	}
}
