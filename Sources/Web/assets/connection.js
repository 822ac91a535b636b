// The WebSocket to the engine: token, requests with replies, reconnection.
import { decode, encode, encodeBundle, int } from "./osc.js";

const firstDelay = 150, longestDelay = 750; // milliseconds between attempts
const wrongToken = 4401; // the code with which the engine closes the socket

/// An answer of /fail: code, message and the names that are offered instead.
export class Failure extends Error {
	constructor(address, code, message, suggestions) {
		super(message);
		Object.assign(this, { address, code, suggestions });
	}
}

export class Connection extends EventTarget {
	/// Events: `status` (detail: connecting, ready, refused), `message` (detail: { address, args }).
	constructor(url, token) {
		super();
		this.url = url;
		this.token = token;
		this.waiting = new Map();
		this.next = 1;
		this.delay = firstDelay;
		this.status = "connecting";
	}

	open() {
		const socket = new WebSocket(this.url);
		socket.binaryType = "arraybuffer";
		this.socket = socket;
		socket.onopen = () => {
			socket.send(encode("/token", this.token));
			this.delay = firstDelay;
			this.setStatus("ready");
		};
		socket.onmessage = (event) => {
			if (!(event.data instanceof ArrayBuffer)) return;
			try {
				decode(new Uint8Array(event.data), (address, args) => this.receive(address, args));
			} catch (error) {
				if (!(error instanceof RangeError)) throw error;
				console.warn("a damaged packet was dropped");
			}
		};
		socket.onclose = (event) => {
			for (const { reject } of this.waiting.values())
				reject(new Failure("", "disconnected", "The connection to weft was lost.", []));
			this.waiting.clear();
			if (event.code === wrongToken) return this.setStatus("refused");
			this.setStatus("connecting");
			setTimeout(() => this.open(), this.delay);
			this.delay = Math.min(this.delay * 1.6, longestDelay);
		};
	}

	setStatus(status) {
		this.status = status;
		this.dispatchEvent(new CustomEvent("status", { detail: status }));
	}

	get isReady() {
		return this.status === "ready" && this.socket.readyState === WebSocket.OPEN;
	}

	receive(address, args) {
		if (address === "/done" || address === "/fail" || address === "/synced") {
			if (args[0] === "/token") return (this.role = args[1]);
			const id = args.at(-1), request = typeof id === "string" ? this.waiting.get(id) : undefined;
			if (!request) return;
			this.waiting.delete(id);
			const values = args.slice(address === "/synced" ? 0 : 1, -1);
			if (address !== "/fail") request.resolve({ values, items: request.items });
			else request.reject(new Failure(args[0], values[0], values[1], values.slice(2)));
			return;
		}
		const id = args.at(-1), request = typeof id === "string" && id.startsWith("#") ? this.waiting.get(id) : undefined;
		if (request) return request.items.push(args.slice(0, -1));
		this.dispatchEvent(new CustomEvent("message", { detail: { address, args } }));
	}

	/// Sends one command; the promise holds the values of /done and the items before it, or fails with a Failure.
	request(address, ...args) {
		if (!this.isReady) return Promise.reject(new Failure(address, "disconnected", "Weft is not connected.", []));
		const [id, promise] = this.expect();
		this.socket.send(encode(address, ...args, id));
		return promise;
	}

	/// Sends commands as one transaction: all of them are applied, or none. The promise holds the reply of the last.
	bundle(messages) {
		if (!this.isReady) return Promise.reject(new Failure("", "disconnected", "Weft is not connected.", []));
		const promises = [];
		const tagged = messages.map((message) => {
			const [id, promise] = this.expect();
			promises.push(promise);
			return [...message, id];
		});
		this.socket.send(encodeBundle(tagged));
		return Promise.allSettled(promises).then((results) => {
			const failed = results.filter((result) => result.status === "rejected").map((result) => result.reason);
			const cause = failed.find((failure) => failure.code !== "aborted") ?? failed[0];
			if (cause) throw cause;
			return results.at(-1).value;
		});
	}

	/// Sends a command whose reply does not matter.
	post(address, ...args) {
		if (this.isReady) this.request(address, ...args).catch(() => {});
	}

	expect() {
		const id = "#" + this.next++;
		let request;
		const promise = new Promise((resolve, reject) => (request = { resolve, reject, items: [] }));
		this.waiting.set(id, request);
		return [id, promise];
	}
}

export { int };
