// The page's copy of the session: a snapshot, and a reducer for resolved edits.
//
// Server and page apply the same edits, so the copy always equals /patch/get.

/// `node/port` as its two parts.
export function splitPort(text) {
	const slash = text.indexOf("/");
	return slash < 0 ? [text, ""] : [text.slice(0, slash), text.slice(slash + 1)];
}

export const nodeOf = (port) => splitPort(port)[0];

/// A patch with cables by their two ports: Map "from to" -> { from, to, amount }.
export class Patch {
	constructor(json, registry) {
		this.registry = registry;
		const { nodes = {}, cables = [], ...rest } = json;
		this.rest = rest;
		this.nodes = new Map(Object.entries(nodes).map(([id, node]) => [id, { params: {}, ...node }]));
		this.cables = new Map();
		for (const [from, to, amount = 1] of cables) this.connect(this.output(from), this.input(to), amount);
	}

	copy() {
		const other = Object.create(Patch.prototype);
		other.registry = this.registry;
		other.rest = structuredClone(this.rest);
		other.kinds = null;
		other.nodes = new Map([...this.nodes].map(([id, node]) => [id, structuredClone(node)]));
		other.cables = new Map([...this.cables].map(([key, cable]) => [key, { ...cable }]));
		return other;
	}

	output(text) {
		const [node, port] = splitPort(text);
		return node + "/" + (port || this.registry.mainOutput(this.nodes.get(node)?.type));
	}
	input(text) {
		const [node, port] = splitPort(text);
		return node + "/" + (port || this.registry.mainInput(this.nodes.get(node)?.type));
	}

	connect(from, to, amount) {
		this.cables.set(from + " " + to, { from, to, amount });
	}
	cablesInto(id) {
		return [...this.cables.values()].filter((cable) => nodeOf(cable.to) === id);
	}
	cablesOutOf(id) {
		return [...this.cables.values()].filter((cable) => nodeOf(cable.from) === id);
	}

	/// The kind of signal on a cable: that of the parameter it moves, else that of its source.
	kindOfCable({ from, to }) {
		const [id, input] = splitPort(to), kind = this.registry.kindOfInput(this.nodes.get(id)?.type, input);
		return kind === "audio" ? this.kindOfOutput(from) : kind;
	}
	kindOfOutput(port) {
		let kind = this.kinds?.get(port);
		if (!kind) (this.kinds ??= new Map()).set(port, (kind = this.findKind(port, 0)));
		return kind;
	}
	findKind(port, depth) {
		const [id, output] = splitPort(port), type = this.nodes.get(id)?.type;
		const kind = this.registry.kindOfOutput(type, output);
		if (kind !== "input") return kind;
		const source = [...this.cables.values()].find((cable) => nodeOf(cable.to) === id && this.registry.input(type, splitPort(cable.to)[1])?.type === "signal");
		return source && depth < 8 ? this.findKind(source.from, depth + 1) : "audio";
	}

	/// The set value of a parameter, or its default.
	value(id, name) {
		const node = this.nodes.get(id), spec = this.registry.input(node?.type, name);
		const value = node?.params[name];
		if (value !== undefined) return value;
		return spec?.type === "choice" ? spec.choices[spec.default] : spec?.type === "bool" ? spec.default > 0.5 : spec?.default;
	}

	/// Nodes that are reached from `id` along cables, not through modules that break cycles.
	reaches(id, goal) {
		const next = new Map();
		for (const cable of this.cables.values()) {
			const [from] = splitPort(cable.from);
			if (!next.has(from)) next.set(from, []);
			next.get(from).push(nodeOf(cable.to));
		}
		const seen = new Set(), open = [id];
		while (open.length) {
			const node = open.pop();
			if (node === goal) return true;
			if (seen.has(node) || this.registry.breaksCycles(this.nodes.get(node)?.type)) continue;
			seen.add(node);
			open.push(...(next.get(node) ?? []));
		}
		return false;
	}

	/// An id that is free: the name itself, or with a number.
	freeId(name) {
		const stem = name.replace(/[^A-Za-z0-9_-]/g, "").replace(/^[^A-Za-z]+/, "").slice(0, 28) || "node";
		if (!this.nodes.has(stem)) return stem;
		for (let i = 2; ; i++) if (!this.nodes.has(stem + i)) return stem + i;
	}

	/// Applies one resolved edit without its /draft or /committed.
	apply(address, args) {
		const parts = address.split("/");
		if (parts[1] === "mod") {
			const node = this.nodes.get(parts[2]);
			if (!node) return;
			if (args[0] === null) delete node.params[parts[3]];
			else node.params[parts[3]] = args[0];
			return;
		}
		this.kinds = null;
		const edit = edits[address];
		if (edit) edit(this, ...args);
		else if (parts[1] === "macro" && parts.length === 3) setMacro(this, parts[2], args[0]);
	}

	/// In the form of the patch file, with sorted keys.
	toJSON() {
		const nodes = Object.fromEntries([...this.nodes].sort(byKey).map(([id, { type, params, ...rest }]) =>
			[id, { type, params: sorted(params), ...sorted(rest) }]));
		const cables = [...this.cables].sort(byKey).map(([, { from, to, amount }]) => (amount === 1 ? [from, to] : [from, to, amount]));
		return { ...this.rest, weft: this.usesFormat2 ? 2 : 1, nodes, cables };
	}
	get usesFormat2() {
		const isNew = (keys) => keys.some((key) => key === "at" || key === "label" || key === "compensation" || key.startsWith("x-"));
		return Boolean(this.rest.macros?.length || this.rest.frames?.length) || isNew(Object.keys(this.rest))
			|| [...this.nodes.values()].some((node) => isNew(Object.keys(node)));
	}
}

const byKey = ([a], [b]) => (a < b ? -1 : a > b ? 1 : 0);
const sorted = (object) => Object.fromEntries(Object.entries(object).sort(byKey));

const setMacro = (patch, name, value) => {
	const macro = patch.rest.macros?.find((macro) => macro.name === name);
	if (macro) macro.value = value;
};

const setKey = (object, key, value) => {
	if (value === undefined || value === null || value === "") delete object[key];
	else object[key] = value;
};

const unmap = (patch, port) => {
	delete patch.rest.midi?.[port];
	if (patch.rest.midi && !Object.keys(patch.rest.midi).length) delete patch.rest.midi;
};

const edits = {
	"/patch/create": (patch, id, type, ...pairs) => {
		const params = {};
		for (let i = 0; i + 1 < pairs.length; i += 2) params[pairs[i]] = pairs[i + 1];
		patch.nodes.set(id, { type, params });
	},
	"/patch/delete": (patch, id) => {
		patch.nodes.delete(id);
		for (const [key, { from, to }] of patch.cables)
			if (nodeOf(from) === id || nodeOf(to) === id) patch.cables.delete(key);
		for (const key of Object.keys(patch.rest.midi ?? {})) if (nodeOf(key) === id) unmap(patch, key);
		for (const macro of patch.rest.macros ?? []) macro.targets = macro.targets.filter((target) => nodeOf(target.param) !== id);
	},
	"/patch/rename": (patch, id, other) => {
		patch.nodes = new Map([...patch.nodes].map(([key, node]) => [key === id ? other : key, node]));
		const renamed = (port) => (nodeOf(port) === id ? other + port.slice(id.length) : port);
		const cables = [...patch.cables.values()];
		patch.cables.clear();
		for (const { from, to, amount } of cables) patch.connect(renamed(from), renamed(to), amount);
		for (const macro of patch.rest.macros ?? []) for (const target of macro.targets) target.param = renamed(target.param);
		if (patch.rest.midi) patch.rest.midi = Object.fromEntries(Object.entries(patch.rest.midi).map(([port, map]) => [renamed(port), map]));
	},
	"/patch/connect": (patch, from, to, amount) => patch.connect(from, to, amount),
	"/patch/disconnect": (patch, from, to) => patch.cables.delete(from + " " + to),
	"/patch/voices": (patch, count) => (patch.rest.voices = count),
	"/patch/name": (patch, text) => setKey(patch.rest, "name", text),
	"/patch/about": (patch, text) => setKey(patch.rest, "about", text),
	"/patch/tuning": (patch, scale, keyboard) =>
		setKey(patch.rest, "tuning", scale && (keyboard ? { scale, keyboard } : { scale })),
	"/patch/set": (patch, json) => Object.assign(patch, new Patch(JSON.parse(json), patch.registry)),
	"/patch/place": (patch, id, x, y) => patch.nodes.has(id) && setKey(patch.nodes.get(id), "at", x === null ? null : [x, y]),
	"/patch/label": (patch, id, text) => patch.nodes.has(id) && setKey(patch.nodes.get(id), "label", text),
	"/patch/frames": (patch, json) => {
		const frames = JSON.parse(json);
		setKey(patch.rest, "frames", frames.length ? frames : null);
	},
	"/patch/extra": (patch, key, json, id) => {
		const owner = id === undefined ? patch.rest : patch.nodes.get(id);
		if (owner) setKey(owner, key, json === null ? null : JSON.parse(json));
	},
	"/macro/set": (patch, json) => {
		const macros = JSON.parse(json);
		setKey(patch.rest, "macros", macros.length ? macros : null);
		const names = new Set(macros.map((macro) => `/macro/${macro.name}`));
		for (const key of Object.keys(patch.rest.midi ?? {})) if (key.startsWith("/macro/") && !names.has(key)) unmap(patch, key);
	},
	"/midi/map": (patch, port, controller, channel, from, to, fine) => {
		const map = { controller };
		if (channel) map.channel = channel;
		if (from !== null) map.from = from;
		if (to !== null) map.to = to;
		if (fine) map.fine = true;
		(patch.rest.midi ??= {})[port] = map;
	},
	"/midi/unlearn": (patch, port) => unmap(patch, port),
	"/snap/set": (patch, name, json) => {
		const { nodes, macros } = JSON.parse(json), values = Object.fromEntries((macros ?? []).map(({ name, value }) => [name, value]));
		(patch.rest.snapshots ??= {})[name] = macros?.length ? { "/macros": values, ...nodes } : nodes;
	},
	"/snap/delete": (patch, name) => {
		delete patch.rest.snapshots?.[name];
		if (patch.rest.snapshots && !Object.keys(patch.rest.snapshots).length) delete patch.rest.snapshots;
	},
};

/// The session as this client knows it.
export class Session {
	constructor(registry) {
		this.registry = registry;
		this.draft = new Patch({}, registry);
		this.committed = this.draft;
		this.seq = -1;
		this.pieces = new Map();
	}

	/// The arguments of /state. Returns whether it is whole.
	receiveState(args) {
		const text = this.whole("state", args.slice(1));
		if (text === undefined) return false;
		const state = JSON.parse(text);
		this.seq = args[0];
		this.draft = new Patch(state.draft, this.registry);
		this.committed = state.committed ? new Patch(state.committed, this.registry) : this.draft.copy();
		for (const key of ["client", "revision", "dirty", "undo", "redo", "path", "unsaved", "volume", "clock", "recording"])
			this[key] = state[key];
		this.clients = new Map(state.clients.map((client) => [client.id, client]));
		return true;
	}

	/// The arguments of /notify/edit. Returns the edit { client, address, args }, nothing for a piece, and throws where
	/// an edit before it is missing: the state has to be asked for again.
	receiveEdit([seq, client, address, ...args]) {
		const path = address.replace(/^\/(draft|committed)(?=\/)/, "");
		if (documents.has(path) && args.length >= 3 && typeof args.at(-2) === "number") {
			const text = this.whole(address + seq, args.slice(-3));
			if (text === undefined) return undefined;
			args = [...args.slice(0, -3), text];
		}
		if (seq <= this.seq) return undefined;
		if (seq !== this.seq + 1) throw new Error("edits are missing");
		this.seq = seq;
		if (address === "/patch/commit") {
			this.committed = this.draft.copy();
			this.revision = args[0];
			this.dirty = false;
		} else {
			const isDraft = !address.startsWith("/committed/"), isLive = !address.startsWith("/draft/");
			const isBoth = ofBoth.test(path);
			if (isDraft) this.draft.apply(path, args);
			if (!isDraft || (isBoth && isLive)) this.committed.apply(path, args);
			if (isDraft && !isBoth) this.dirty = true;
		}
		return { client, address: path, args };
	}

	/// A document that came in numbered pieces, or undefined until the last of them.
	whole(key, args) {
		if (args.length === 1) return args[0];
		const [index, count, piece] = args;
		const pieces = this.pieces.get(key) ?? [];
		pieces[index] = piece;
		this.pieces.set(key, pieces);
		if (pieces.filter((piece) => piece !== undefined).length < count) return undefined;
		this.pieces.delete(key);
		return pieces.join("");
	}
}

const documents = new Set(["/patch/set", "/snap/set", "/patch/frames", "/macro/set"]);
/// Edits of the draft and the committed patch alike, unless a prefix restricts them.
const ofBoth = /^\/(mod|midi|snap|macro)\/|^\/patch\/(place|label|frames)$/;
