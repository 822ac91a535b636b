// Colours of the canvas, read from the style sheet: one for each kind of signal.

const names = [
	"ground", "grid", "node", "node-edge", "text", "dim", "accent", "audio", "pitch", "gate", "control", "bad", "frame",
];
const others = ["#e0a03c", "#6aa9ff", "#d77bd1", "#7fc45a", "#f0785a"]; // outlines of other clients

export function readTheme() {
	const style = getComputedStyle(document.documentElement);
	return Object.fromEntries(names.map((name) => [name, style.getPropertyValue("--" + name).trim()]));
}
export const clientColour = (id) => others[id % others.length];
