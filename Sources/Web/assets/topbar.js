// The top bar: patch, draft, undo, tempo, recording, load, output level, connection.
import { make } from "./cards.js";
import { openMenuBelow, openSearchMenu } from "./menu.js";
import { digits } from "./units.js";

const statusInterval = 1000; // milliseconds
const silenceDelay = 1500; // milliseconds without sound before the page offers to explain it

export class TopBar {
	constructor(app, actions, element) {
		Object.assign(this, { app, actions, element });
		const find = (name) => element.querySelector(`[data-part=${name}]`);
		this.parts = Object.fromEntries(["name", "state", "undo", "redo", "hold", "commit", "tempo", "record", "load", "loudness", "level", "volume", "panic", "why", "phase", "more"].map((name) => [name, find(name)]));
		const { parts } = this;
		parts.undo.addEventListener("click", () => app.command("/patch/undo"));
		parts.redo.addEventListener("click", () => app.command("/patch/redo"));
		parts.hold.addEventListener("click", () => this.hold(!app.holds));
		parts.commit.addEventListener("click", () => this.commitMenu());
		parts.more.addEventListener("click", () => this.showMore(!element.classList.contains("wide")));
		parts.tempo.addEventListener("change", () => app.command("/clock", Number(parts.tempo.value)));
		parts.record.addEventListener("click", () => this.toggleRecording());
		parts.volume.addEventListener("input", () => actions.setVolume(Number(parts.volume.value)));
		parts.panic.addEventListener("click", () => actions.panic());
		parts.why.addEventListener("click", () => app.announce("why", null));
		parts.name.addEventListener("click", () => this.fileMenu());
		for (const event of ["patch", "history", "state"]) app.addEventListener(event, () => this.show());
		app.addEventListener("status", () => {
			this.showPhase();
			this.poll();
		});
		app.addEventListener("notify", ({ detail }) => this.receive(detail));
		setInterval(() => this.poll(), statusInterval);
		this.showPhase();
	}

	show() {
		const { session } = this.app, { parts } = this;
		parts.name.firstChild.textContent = session.draft.rest.name || session.path?.split("/").at(-1) || "untitled";
		document.title = `${parts.name.firstChild.textContent} – Weft`;
		parts.state.textContent = session.dirty ? "draft" : "live";
		parts.state.title = session.dirty ? "The draft has edits that do not sound yet: commit them" : `The patch that is shown sounds: commit ${session.revision ?? 0}`;
		this.showSaved();
		parts.state.classList.toggle("dirty", Boolean(session.dirty));
		const step = (button, verb, label) => {
			button.disabled = !label;
			const author = label ? this.app.author(label) : "";
			button.title = label ? `${verb}${author ? ` what ${author} did` : ""}: ${label}` : `Nothing to ${verb.toLowerCase()}`;
			button.querySelector("span").textContent = label ? (author ? `${author}: ` : "") + stepName(label) : "";
		};
		step(parts.undo, "Undo", session.undo);
		step(parts.redo, "Redo", session.redo);
		parts.commit.hidden = !this.app.holds && !session.dirty;
		if (document.activeElement !== parts.volume) parts.volume.value = session.volume ?? 0;
		if (document.activeElement !== parts.tempo) parts.tempo.value = digits(session.clock?.tempo ?? 120, 4);
		this.showRecording(session.recording?.state);
	}

	showPhase() {
		const { phase } = this.app, { parts } = this;
		parts.phase.textContent = phase;
		parts.phase.dataset.phase = phase;
		document.body.dataset.phase = phase;
	}

	/// Narrow windows: the controls of the second row.
	showMore(isOn) {
		this.element.classList.toggle("wide", isOn);
		this.parts.more.setAttribute("aria-expanded", String(isOn));
	}

	// MARK: Files

	showSaved() {
		const { parts } = this, { unsaved, path } = this.app.session;
		parts.name.classList.toggle("unsaved", Boolean(unsaved));
		parts.name.title = (path ? `${path}\n` : "") + (unsaved ? "Has changes that are not saved (Ctrl+S saves)" : "Open, save, new");
	}
	/// Saves to the file of the patch; a patch without one, such as a new one, is asked for a name first.
	async save(path = this.app.session.path || prompt("Save the patch as", "patch.json"), ...options) {
		if (!path) return undefined;
		try {
			const { values } = await this.app.connection.request("/patch/save", path, ...options);
			this.app.announce("say", `Saved ${values[0] ?? path}.`);
		} catch (failure) {
			if (failure.code === "duplicate" && confirm(`${path} is there already. Replace it?`)) return this.save(path, "overwrite");
			// An example is read where nothing is written.
			if (failure.code === "outside-root" && path === this.app.session.path) return this.save(prompt("Save a copy of this patch as", fileName(path)) ?? "");
			if (failure.code !== "duplicate") this.app.report(failure);
		}
		return undefined;
	}

	hold(isOn) {
		this.app.holds = isOn;
		this.parts.hold.setAttribute("aria-pressed", String(isOn));
		if (!isOn && this.app.session.dirty) this.actions.commit();
		this.show();
	}

	commitMenu() {
		openMenuBelow(this.parts.commit, [
			{ label: "Commit now", run: () => this.actions.commit() },
			{ label: "Commit at the next beat", run: () => this.actions.commit("beat") },
			{ label: "Commit at the next bar", run: () => this.actions.commit("bar") },
			{ label: "Revert to what sounds", run: () => this.app.command("/patch/abort") },
		]);
	}

	fileMenu() {
		const { app } = this, { path } = app.session;
		openMenuBelow(this.parts.name, [
			{ label: path ? `Save ${fileName(path)}  (Ctrl+S)` : "Save…  (Ctrl+S)", run: () => this.save() },
			{ label: "Save as…", run: () => this.save(prompt("Save the patch as", path ? fileName(path) : "patch.json") ?? "") },
			{ label: "Open…", run: () => this.open() },
			{ label: "New patch", run: () => app.edit([["/patch/clear"]]) },
		]);
	}
	/// A searchable list of the patches in the folders that Weft reads, examples among them.
	async open() {
		const { app } = this, listing = await app.command("/patch/list"), help = await app.connection.request("/patch/list", "help").catch(() => null);
		if (!listing) return;
		const items = [...listing.items, ...(help?.items ?? [])].map(([name, path, about]) => ({ label: name, detail: about, title: path, run: () => this.load(path) }));
		const other = { label: "Another file…", detail: "by its path", run: () => this.load(prompt("Open the patch file", app.session.path ?? "")) };
		const { left, bottom } = this.parts.name.getBoundingClientRect();
		openSearchMenu({
			x: left, y: bottom + 2, placeholder: "Open a patch…", isWide: true,
			find: (text) => [...items.filter((item) => isFound(text, item)), other],
		});
	}
	async load(path) {
		if (path && (await this.app.command("/patch/load", path)) && !this.app.holds) await this.app.command("/patch/commit");
	}

	async toggleRecording() {
		const { app } = this, isOn = app.session.recording?.state === "recording";
		if (isOn) {
			const reply = await app.command("/record/stop");
			if (reply) app.announce("say", `Recorded ${reply.values[0]}.`);
		} else {
			const name = `take-${new Date().toISOString().slice(0, 19).replace(/[T:]/g, "-")}.flac`;
			await app.command("/record/start", name);
		}
		await this.readRecording();
	}
	async readRecording() {
		const reply = await this.app.connection.request("/record/status").catch(() => null);
		if (!reply) return;
		this.app.session.recording = pairs(reply.values);
		this.showRecording(this.app.session.recording.state);
	}
	showRecording(state) {
		const isOn = state === "recording";
		this.parts.record.setAttribute("aria-pressed", String(isOn));
		this.parts.record.lastChild.textContent = isOn ? "Stop" : "Record";
	}

	receive({ address, args }) {
		if (address === "/notify/meter" && args[0] === "out") {
			const peak = Math.max(0, ...args.slice(1).filter((_, i) => i % 2 === 0)), db = 20 * Math.log10(peak || 1e-7);
			this.parts.level.style.setProperty("--part", String(Math.min(1, Math.max(0, (db + 60) / 60))));
			this.parts.level.classList.toggle("clips", peak > 0.9999);
			const text = peak > 1e-5 ? `${digits(Math.round(db * 2) / 2)} dB` : "silent";
			this.parts.level.setAttribute("aria-label", `Output level ${text}`);
			this.parts.loudness.textContent = text;
			this.soundedAt = peak > 1e-5 ? performance.now() : this.soundedAt ?? performance.now();
			this.parts.why.hidden = performance.now() - this.soundedAt < silenceDelay;
		} else if (address === "/notify/record") {
			const [path, code, message] = args; // it ended by itself
			this.app.report({ code, message: `${path}: ${message}` });
			this.readRecording();
		} else if (address === "/notify/transport" && typeof args[0] === "number") {
			this.app.session.clock = { ...this.app.session.clock, tempo: args[0] };
			this.show();
		}
	}

	async poll() {
		if (document.hidden || this.app.phase !== "ready") return;
		const reply = await this.app.connection.request("/status").catch(() => null);
		if (!reply) return;
		const status = pairs(reply.values);
		this.readRecording(); // of others, too
		this.app.status = status;
		// Without an audio server nothing is heard, though the page is connected.
		const isOff = status.host === "none";
		this.parts.phase.textContent = isOff ? "audio off" : this.app.phase;
		this.parts.phase.dataset.phase = isOff ? "off" : this.app.phase;
		this.parts.phase.title = isOff ? "Weft is connected to no audio server" : "";
		const load = Math.round((status.load ?? 0) * 100), xruns = status.xruns ?? 0;
		this.parts.load.textContent = `DSP ${load} %` + (xruns ? ` · ${xruns} xrun${xruns === 1 ? "" : "s"}` : "");
		this.parts.load.classList.toggle("bad", load > 80);
		this.parts.load.title = `Load ${load} %, peak ${Math.round((status.peak ?? 0) * 100)} %; ${xruns} xruns; ${status.nodes} nodes; ${status.rate} Hz, ${status.period} frames`;
	}
}

/// Alternating names and values as an object.
const pairs = (values) => Object.fromEntries(values.flatMap((value, i, all) => (i % 2 ? [] : [[value, all[i + 1]]])));

const fileName = (path) => path.split("/").at(-1);

/// True if each word is in the name of a patch or in the text about it.
const isFound = (words, { label, detail }) => words.toLowerCase().split(/\s+/).every((word) => `${label} ${detail}`.toLowerCase().includes(word));

/// The change of a step of the history, in a few words: its first change, and how many more there are.
export function stepName(label) {
	const all = label.split("; "), moved = all.filter((change) => change.endsWith(" moved"));
	if (moved.length === all.length) return moved.length > 1 ? "move nodes" : `move ${moved[0].slice(0, -6)}`;
	const changes = all.filter((change) => !change.endsWith(" moved")); // nodes that made room, or got their first places
	const named = changes.length > 3 && /^name: .* -> "(.*)"$/.exec(changes[0]);
	if (named) return named[1] ? `load ${named[1]}` : "new patch";
	const text = changes[0].replace(/^\+ (.+) -> (.+)/, "cable $1 → $2").replace(/^- (.+) -> (.+)/, "no cable $1 → $2")
		.replace(/^\+ (.+) \(.*\)$/, "add $1").replace(/^- (.+) \(.*\)$/, "delete $1")
		.replace(/: default -> /, ": ").replace(/^\+ /, "add ").replace(/^- /, "delete ").replace(/ -> /g, " → ");
	const first = text.length > 26 ? text.slice(0, 25) + "…" : text;
	return changes.length > 1 ? `${first} +${changes.length - 1}` : first;
}

/// A line of text at the bottom for a few seconds.
export function showToast(element, text, actions = [], isBad = false) {
	const line = make("div", isBad ? "toast bad" : "toast");
	line.setAttribute("role", isBad ? "alert" : "status");
	line.append(make("span", "", text));
	for (const { label, run } of actions) {
		const button = make("button", "", label);
		button.addEventListener("click", () => {
			line.remove();
			run();
		});
		line.append(button);
	}
	const close = make("button", "icon", "×");
	close.setAttribute("aria-label", "Close the message");
	close.addEventListener("click", () => line.remove());
	line.append(close);
	element.append(line);
	while (element.children.length > 3) element.firstChild.remove();
	setTimeout(() => line.remove(), 9000);
}
