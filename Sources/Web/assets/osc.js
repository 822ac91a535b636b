// OSC 1.0 packets: messages and bundles, encoded and decoded.
//
// Arguments in JavaScript: number (float32; whole numbers through `int`), string, boolean, null, Uint8Array (blob).

/// A whole number that is sent as int32.
export const int = (value) => ({ int: Math.trunc(value) });

const text = new TextEncoder();
const utf8 = new TextDecoder();

class Writer {
	constructor() {
		this.bytes = new Uint8Array(256);
		this.view = new DataView(this.bytes.buffer);
		this.length = 0;
	}
	room(count) {
		if (this.length + count <= this.bytes.length) return;
		const larger = new Uint8Array(Math.max(this.bytes.length * 2, this.length + count));
		larger.set(this.bytes);
		this.bytes = larger;
		this.view = new DataView(larger.buffer);
	}
	int32(value) {
		this.room(4);
		this.view.setInt32(this.length, value);
		this.length += 4;
	}
	float32(value) {
		this.room(4);
		this.view.setFloat32(this.length, value);
		this.length += 4;
	}
	padded(bytes, padding) {
		this.room(bytes.length + padding);
		this.bytes.set(bytes, this.length);
		this.length += bytes.length + padding;
	}
	string(value) {
		const bytes = text.encode(value);
		this.padded(bytes, 4 - (bytes.length % 4));
	}
	blob(bytes) {
		this.int32(bytes.length);
		this.padded(bytes, (4 - (bytes.length % 4)) % 4);
	}
	done() {
		return this.bytes.subarray(0, this.length);
	}
}

const tag = (argument) => {
	if (typeof argument === "number") return "f";
	if (typeof argument === "string") return "s";
	if (argument === true) return "T";
	if (argument === false) return "F";
	if (argument === null) return "N";
	if (argument instanceof Uint8Array) return "b";
	return "i";
};

/// The packet of one message.
export function encode(address, ...args) {
	const writer = new Writer();
	writer.string(address);
	writer.string("," + args.map(tag).join(""));
	for (const argument of args) {
		if (typeof argument === "number") writer.float32(argument);
		else if (typeof argument === "string") writer.string(argument);
		else if (argument instanceof Uint8Array) writer.blob(argument);
		else if (argument?.int !== undefined) writer.int32(argument.int);
	}
	return writer.done();
}

/// The packet of a bundle that is performed at once; `messages` are arrays of an address and arguments.
export function encodeBundle(messages) {
	const writer = new Writer();
	writer.string("#bundle");
	writer.int32(0);
	writer.int32(1);
	for (const [address, ...args] of messages) writer.blob(encode(address, ...args));
	return writer.done();
}

/// Calls `receive(address, args)` for each message of a packet. Damaged packets end the walk with a RangeError.
export function decode(packet, receive) {
	const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
	let at = 0;
	const string = () => {
		let end = at;
		while (view.getUint8(end) !== 0) end++;
		const value = utf8.decode(packet.subarray(at, end));
		at = end + 4 - (end % 4);
		return value;
	};
	const readers = {
		i: () => ((at += 4), view.getInt32(at - 4)),
		f: () => ((at += 4), view.getFloat32(at - 4)),
		h: () => ((at += 8), Number(view.getBigInt64(at - 8))),
		d: () => ((at += 8), view.getFloat64(at - 8)),
		t: () => ((at += 8), Number(view.getBigUint64(at - 8))),
		s: string,
		S: string,
		T: () => true,
		F: () => false,
		N: () => null,
		I: () => Infinity,
		b: () => {
			const length = view.getInt32(at), start = at + 4;
			at = start + length + ((4 - (length % 4)) % 4);
			return packet.slice(start, start + length);
		},
	};
	const address = string();
	if (address === "#bundle") {
		at += 8;
		while (at < packet.length) {
			const length = view.getInt32(at);
			decode(packet.subarray(at + 4, at + 4 + length), receive);
			at += 4 + length;
		}
		return;
	}
	const args = [];
	if (at < packet.length) for (const type of string().slice(1)) args.push(readers[type]());
	receive(address, args);
}
