// Values of parameters as people write and read them.

const prefixes = { k: 1e3, m: 1e-3, u: 1e-6, µ: 1e-6 };
const noteNames = { c: 0, d: 2, e: 4, f: 5, g: 7, a: 9, b: 11 };
const keyNames = ["C", "C♯", "D", "D♯", "E", "F", "F♯", "G", "G♯", "A", "A♯", "B"];

/// At most `digits` digits that mean something, without trailing zeros.
export function digits(value, count = 3) {
	if (!Number.isFinite(value)) return "–";
	const size = Math.abs(value);
	if (size === 0) return "0";
	if (size >= 1000) return String(Math.round(value));
	return String(Number(value.toPrecision(count)));
}

/// The name of a key: 69 is A4.
export function keyName(key) {
	const whole = Math.round(key);
	return keyNames[((whole % 12) + 12) % 12] + (Math.floor(whole / 12) - 1);
}

/// A value with its unit, such as "1.2 kHz".
export function format(value, spec) {
	if (spec.type === "choice") return typeof value === "number" ? spec.choices[value] ?? String(value) : String(value);
	if (spec.type === "bool") return value === true || value > 0.5 ? "on" : "off";
	if (spec.type === "file") return value ? String(value).split("/").at(-1) : "no file";
	if (typeof value !== "number") return String(value ?? "");
	if (spec.type === "int") return String(Math.round(value)) + (spec.unit ? " " + spec.unit : "");
	const unit = spec.unit ?? "";
	if (unit === "Hz") return Math.abs(value) >= 1000 ? digits(value / 1000) + " kHz" : digits(value) + " Hz";
	if (unit === "s") return Math.abs(value) < 1 && value !== 0 ? digits(value * 1000) + " ms" : digits(value) + " s";
	if (unit === "semitones") return digits(value) + " st";
	if (unit === "octaves") return digits(value) + " oct";
	return digits(value) + (unit ? " " + unit : "");
}

/// The number in a text such as "1.2k", "A4", "-6dB", "250 ms", "1/8"; undefined where there is none.
/// Notes give Hz for a frequency; dB give a factor for a parameter that is not in dB.
export function parse(text, spec) {
	const entry = text.trim().replace("−", "-").replace(",", ".");
	if (spec.type === "choice") return spec.choices.find((choice) => choice.toLowerCase() === entry.toLowerCase());
	if (spec.type === "bool") return { on: true, off: false, true: true, false: false, 1: true, 0: false }[entry.toLowerCase()];
	if (spec.type === "file") return entry;
	const note = /^([a-gA-G])([#♯b♭]?)(-?\d)$/.exec(entry);
	if (note && spec.unit === "Hz") {
		const accidental = "#♯".includes(note[2]) && note[2] ? 1 : note[2] ? -1 : 0;
		const key = 12 * (Number(note[3]) + 1) + noteNames[note[1].toLowerCase()] + accidental;
		return 440 * 2 ** ((key - 69) / 12);
	}
	const fraction = /^(-?\d+(?:\.\d+)?)\s*\/\s*(\d+(?:\.\d+)?)$/.exec(entry);
	if (fraction && Number(fraction[2]) !== 0) return Number(fraction[1]) / Number(fraction[2]);
	const number = /^([-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)\s*([kmuµ](?![a-z]{3}))?\s*([a-zA-Z%]*)$/i.exec(entry);
	if (!number) return undefined;
	let value = Number(number[1]);
	const rest = ((number[2] ?? "") + (number[3] ?? "")).toLowerCase();
	if (rest === "db" && spec.unit !== "dB") return 10 ** (value / 20);
	if (rest === "%" && spec.unit !== "%") return value / 100;
	if (rest === "ms") return value / 1000;
	if (number[2] && rest !== "min") value *= prefixes[number[2].toLowerCase()] ?? 1;
	return value;
}

/// The entries that a parameter accepts, for one who typed something else.
export function expected(spec) {
	const { minimum: low, maximum: high, unit = "" } = spec, example = { Hz: "1.2k or A4", s: "250 ms or 1/8", dB: "-6" }[unit];
	const range = high > low ? ` from ${digits(low)} to ${digits(high, 5)}` : "";
	return `Not a number${range}${unit ? " " + unit : ""}${example ? `, such as ${example}` : ""}`;
}

const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

/// The ends of a knob's travel: within the range, which may be wider.
export const travel = (spec) => spec.travel ?? [spec.minimum, spec.maximum];

/// The place of a value in the travel, 0 to 1.
export function position(value, spec) {
	const [low, high] = travel(spec);
	if (spec.type === "bool") return value === true || value > 0.5 ? 1 : 0;
	if (spec.type === "choice") {
		const index = typeof value === "number" ? value : spec.choices.indexOf(value);
		return spec.choices.length > 1 ? index / (spec.choices.length - 1) : 0;
	}
	if (high <= low) return 0;
	if (spec.curve === "logarithmic" && low > 0) return clamp(Math.log(value / low) / Math.log(high / low), 0, 1);
	return clamp((value - low) / (high - low), 0, 1);
}

/// The value at a place in the travel.
export function valueAt(place, spec) {
	const at = clamp(place, 0, 1), [low, high] = travel(spec);
	if (spec.type === "bool") return at > 0.5;
	if (spec.type === "choice") return spec.choices[Math.round(at * (spec.choices.length - 1))];
	const value = spec.curve === "logarithmic" && low > 0 ? low * (high / low) ** at : low + at * (high - low);
	return spec.type === "int" ? Math.round(value) : value;
}

export const inRange = (value, spec) =>
	typeof value === "number" && spec.maximum > spec.minimum ? clamp(value, spec.minimum, spec.maximum) : value;

/// The amount of a cable in the unit of its destination.
export function formatAmount(amount, spec) {
	const number = digits(amount);
	if (spec?.modulation === "octaves") return "±" + number.replace("-", "−") + " oct";
	if (spec?.unit && spec.modulation === "add") return "±" + format(amount, spec);
	return "×" + number.replace("-", "−");
}

/// A level of /notify/levels, 0 to 255 in halves of a dB above -127.5, as dB.
export const decibels = (byte) => byte / 2 - 127.5;
