// The track that plays beside the patch: its steps on a line, the playhead, pause and seek.
import { make } from "./cards.js";

const trackInterval = 1000; // milliseconds
const keyStep = 5; // seconds

export class Timeline {
	constructor(app, panel) {
		Object.assign(this, { app, panel, steps: [], status: {} });
		const find = (name) => panel.querySelector(`[data-part=${name}]`);
		this.parts = Object.fromEntries(["play", "pause", "stop", "loop", "time", "line", "steps", "head", "none", "tools"].map((name) => [name, find(name)]));
		const { parts } = this;
		parts.play.addEventListener("click", () => this.command(this.status.state === "paused" ? "/track/resume" : "/track/play"));
		parts.pause.addEventListener("click", () => this.command("/track/pause"));
		parts.stop.addEventListener("click", () => this.command("/track/stop"));
		parts.loop.addEventListener("click", () => this.command("/track/loop", !this.status.loop));
		parts.line.addEventListener("pointerdown", (event) => this.seekTo(event.clientX));
		parts.line.addEventListener("keydown", (event) => this.press(event));
		app.addEventListener("notify", ({ detail }) => this.receive(detail));
		setInterval(() => this.poll(), trackInterval);
	}

	get isShown() {
		return !this.panel.hidden && !document.hidden && this.app.phase === "ready";
	}
	show() {
		this.poll();
	}

	async command(address, ...args) {
		await this.app.command(address, ...args);
		await this.poll();
	}

	/// The notification of each second brings the time; the rest is asked for.
	receive({ address, args }) {
		if (address !== "/notify/track" || this.panel.hidden) return;
		const [state, step, , elapsed] = args;
		Object.assign(this.status, { state, step, elapsed });
		this.draw();
	}
	async poll() {
		if (!this.isShown) return;
		const reply = await this.app.connection.request("/track/status");
		const status = namedValues(reply.values);
		const isOther = status.path !== this.status.path || status.total !== this.status.total || status.steps !== this.steps.length;
		this.status = status;
		if (status.total && isOther) this.readSteps((await this.app.connection.request("/track/steps")).values);
		this.draw();
	}
	readSteps(values) {
		const { total } = this.status;
		this.steps = [];
		for (let i = 0; i + 3 < values.length; i += 4) this.steps.push({ number: values[i], start: values[i + 1], end: values[i + 2], text: values[i + 3] });
		this.parts.steps.replaceChildren(...this.steps.map(({ number, start, end, text }) => {
			const element = make("span", "step", text ? `${number} ${text}` : String(number));
			element.title = `Step ${number}${text ? `: ${text}` : ""}, ${clockText(start)} to ${clockText(end)}`;
			Object.assign(element.style, { left: `${(100 * start) / total}%`, width: `${(100 * (end - start)) / total}%` });
			return element;
		}));
	}

	draw() {
		const { parts, status } = this, total = status.total ?? 0, elapsed = status.elapsed ?? 0;
		parts.none.hidden = total > 0;
		parts.tools.hidden = parts.line.hidden = total === 0;
		if (total === 0) return;
		const isPlaying = status.state === "playing";
		parts.play.disabled = isPlaying;
		parts.play.textContent = status.state === "paused" ? "Resume" : "Play";
		parts.pause.disabled = !isPlaying;
		parts.stop.disabled = status.state === "stopped";
		parts.loop.setAttribute("aria-pressed", String(Boolean(status.loop)));
		parts.time.textContent = `${clockText(elapsed)} of ${clockText(total)}, ${clockText(total - elapsed)} remaining`;
		parts.head.style.left = `${Math.min(100, (100 * elapsed) / total)}%`;
		parts.line.setAttribute("aria-valuemax", String(Math.round(total)));
		parts.line.setAttribute("aria-valuenow", String(Math.round(elapsed)));
		parts.line.setAttribute("aria-valuetext", `${clockText(elapsed)}${status.step ? `, step ${status.step}` : ""}`);
		for (const [i, element] of [...parts.steps.children].entries()) element.classList.toggle("current", this.steps[i].number === status.step);
	}

	seekTo(x) {
		const { left, width } = this.parts.line.getBoundingClientRect();
		this.seek(((x - left) / width) * this.status.total);
	}
	press(event) {
		const jump = { ArrowLeft: -keyStep, ArrowRight: keyStep, Home: -Infinity, End: Infinity }[event.key];
		if (jump === undefined) return;
		event.preventDefault();
		event.stopPropagation();
		this.seek((this.status.elapsed ?? 0) + jump);
	}
	seek(seconds) {
		const last = Math.max(0, this.status.total - 0.01);
		return this.command("/track/seek", Math.min(last, Math.max(0, seconds)));
	}
}

/// Names and values in turn as an object.
function namedValues(values) {
	const found = {};
	for (let i = 0; i + 1 < values.length; i += 2) found[values[i]] = values[i + 1];
	return found;
}

/// Hours, minutes and seconds.
function clockText(seconds) {
	const whole = Math.max(0, Math.floor(seconds)), two = (number) => String(number).padStart(2, "0");
	const minutes = Math.floor(whole / 60) % 60, hours = Math.floor(whole / 3600);
	return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}
