// The modules, as /modules.json lists them: ports, ranges, units.

export class Registry {
	constructor(modules) {
		this.modules = new Map(modules.map((module) => [module.name, module]));
		for (const module of modules) {
			module.ports = new Map(module.inputs.map((input) => [input.name, input]));
			// Settings (files, choices that no cable reaches) are no ports of cables.
			module.signals = module.inputs.filter((input) => input.modulation !== "none");
			module.parameters = module.inputs.filter((input) => input.type !== "signal");
		}
	}

	get(type) {
		return this.modules.get(type);
	}
	input(type, name) {
		return this.get(type)?.ports.get(name);
	}
	mainOutput(type) {
		return this.get(type)?.outputs[0]?.name ?? "";
	}
	mainInput(type) {
		return this.get(type)?.mainInput ?? "";
	}
	/// True if a cable through it may close a loop.
	breaksCycles(type) {
		const latency = this.get(type)?.latency;
		return latency === "always" || latency === "inCycles";
	}

	/// The kind of signal that a port carries: audio, pitch, gate or control.
	kindOfInput(type, name) {
		const input = this.input(type, name);
		if (!input || input.type === "signal") return "audio";
		if (input.modulation === "gate") return "gate";
		return input.modulation === "octaves" ? "pitch" : "control";
	}
	kindOfOutput(type, name) {
		const family = this.get(type)?.family;
		if (name === "gate" || name === "trigger") return "gate";
		if (name === "pitch") return "pitch";
		if (family === "Shaping" || family === "Mixing") return "input"; // as their main input
		return ["Envelopes", "Notes", "Timing"].includes(family) || ["lfo", "follower", "clock"].includes(type) ? "control" : "audio";
	}

	/// Modules for a search, best first: name, then family, then words of the summary.
	search(words) {
		const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
		const score = (module) => {
			const name = module.name.toLowerCase(), family = module.family.toLowerCase(), about = module.summary.toLowerCase();
			let total = 0;
			for (const word of wanted) {
				const meaning = synonyms[word] ?? [];
				if (name === word) total += 100;
				else if (name.startsWith(word)) total += 50;
				else if (name.includes(word)) total += 30;
				else if (meaning.includes(name)) total += 40;
				else if (family.startsWith(word)) total += 20;
				else if (about.includes(word)) total += 10;
				else return 0;
			}
			return total + 1;
		};
		return [...this.modules.values()]
			.map((module) => [score(module), module])
			.filter(([points]) => points > 0)
			.sort((a, b) => b[0] - a[0] || a[1].family.localeCompare(b[1].family) || a[1].name.localeCompare(b[1].name))
			.map(([, module]) => module);
	}
}

/// Words of other synthesizers.
const synonyms = {
	vco: ["saw", "sine", "pulse", "triangle", "super"],
	osc: ["saw", "sine", "pulse", "triangle", "super", "wavetable", "fm"],
	oscillator: ["saw", "sine", "pulse", "triangle", "super", "wavetable", "fm"],
	vcf: ["biquad", "svf", "ladder", "onepole", "acid"],
	filter: ["biquad", "svf", "ladder", "onepole", "acid", "formant", "comb"],
	lpf: ["biquad", "svf", "ladder", "onepole"],
	hpf: ["biquad", "svf"],
	lowpass: ["biquad", "svf", "ladder", "onepole"],
	vca: ["gain"],
	env: ["adsr", "ar", "decay", "linen"],
	envelope: ["adsr", "ar", "decay", "linen"],
	echo: ["delay"],
	bitcrusher: ["distortion", "quantize"],
	square: ["pulse"],
	mixer: ["mix"],
	attenuator: ["gain", "scale"],
	"s&h": ["sample-hold"],
};
