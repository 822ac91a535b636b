// Explains silence in the words of the page: one main cause, a button that removes it, the others on request.
import { splitPort } from "./patch.js";
import { showToast } from "./topbar.js";

// Reasons of /why, the most likely cause first.
const reasons = [
	"no-audio", "volume", "not-committed", "muted", "missing", "no-sound", "no-notes", "gate-off", "level", "amount", "not-heard", "no-cable", "silent", "not-connected",
];
const sentences = {
	"no-audio": "Nothing is rendered: the audio server has stopped.", "not-connected": "The outputs of Weft are connected to nothing: connect them to your sound card.",
	volume: "The volume is at its lowest.", "no-notes": "No note is played.", muted: "It is muted after a fault, and comes back by itself.",
};

/// Says why the outputs or a node are silent.
export async function explainSilence({ app, actions, drawer, toasts }, id) {
	const reply = await app.command("/why", ...(id ? [id] : []));
	if (!reply) return;
	const causes = reply.items.filter(([, reason]) => reason !== "heard").sort((a, b) => reasons.indexOf(a[1]) - reasons.indexOf(b[1]));
	if (!causes.length) return showToast(toasts, id ? `${id} sounds.` : "The outputs carry sound.");
	const tell = ([node, reason, sentence, remedy]) => {
		const isNode = app.patch.nodes.has(node), buttons = cure(reason, remedy);
		if (isNode) buttons.push({ label: `Show ${node}`, run: () => (app.select([node]), app.announce("reveal", node)) });
		return { text: `${isNode ? `${node}: ` : ""}${sentences[reason] ?? sentence + "."}`, buttons };
	};
	const cure = (reason, remedy) => {
		const [, port, value] = /^\/mod\/(\S+) (\S+)$/.exec(remedy) ?? [];
		if (reason === "volume") return [{ label: "Set to 0 dB", run: () => actions.setVolume(0) }];
		if (reason === "not-committed") return [{ label: "Commit", run: () => actions.commit() }];
		if (reason === "no-notes") return [{ label: "Open keyboard", run: () => drawer.open("keys") }];
		if (!port) return [];
		return [{ label: `Set to ${value}`, run: () => app.setValue(...splitPort(port), value === "on" ? true : Number(value)) }];
	};
	const [first, ...others] = causes.map(tell);
	const more = { label: `${others.length} more`, run: () => others.slice(0, 3).forEach(({ text, buttons }) => showToast(toasts, text, buttons)) };
	showToast(toasts, first.text, others.length ? [...first.buttons, more] : first.buttons);
}
