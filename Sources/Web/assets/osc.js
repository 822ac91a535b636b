// OSC packets as the engine sends and takes them.
const text = new TextDecoder(), bytes = new TextEncoder()

/** {address, arguments} of a message; bundles are not sent by the engine. */
export function decode(buffer) {
  const view = new DataView(buffer)
  let at = 0
  const string = () => {
    let end = at
    while (view.getUint8(end)) end++
    const value = text.decode(new Uint8Array(buffer, at, end - at))
    at = (end + 4) & ~3
    return value
  }
  const address = string(), tags = string()
  const read = {
    i: () => view.getInt32((at += 4) - 4),
    f: () => view.getFloat32((at += 4) - 4),
    h: () => Number(view.getBigInt64((at += 8) - 8)),
    d: () => view.getFloat64((at += 8) - 8),
    s: string, S: string,
    b: () => {
      const size = view.getInt32(at), start = at + 4
      at = (start + size + 3) & ~3
      return new Uint8Array(buffer, start, size)
    },
    T: () => true, F: () => false, N: () => null, I: () => Infinity,
  }
  return { address, arguments: [...tags.slice(1)].map(tag => read[tag]()) }
}

/** A packet of an address and arguments: whole numbers as int32 where {int: n} says so, all others as floats. */
export function encode(address, ...args) {
  const parts = []
  let tags = ","
  const string = value => {
    const data = bytes.encode(value), padded = new Uint8Array((data.length + 4) & ~3)
    padded.set(data)
    return padded
  }
  const four = write => {
    const view = new DataView(new ArrayBuffer(4))
    write(view)
    return new Uint8Array(view.buffer)
  }
  for (const value of args) {
    if (typeof value === "string") [tags, parts[parts.length]] = [tags + "s", string(value)]
    else if (typeof value === "boolean") tags += value ? "T" : "F"
    else if (value === null) tags += "N"
    else if (typeof value === "object") [tags, parts[parts.length]] = [tags + "i", four(v => v.setInt32(0, value.int))]
    else [tags, parts[parts.length]] = [tags + "f", four(v => v.setFloat32(0, value))]
  }
  return new Blob([string(address), string(tags), ...parts]).arrayBuffer()
}
