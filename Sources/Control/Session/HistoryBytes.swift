import PatchKit

// Memory estimates: dictionary entries at the usual load factor, and strings that are not stored inline.

extension Patch {
  /// Estimated size of the patch in bytes.
  var byteEstimate: Int {
    nodes.reduce(0) { $0 + $1.key.heapBytes + $1.value.byteEstimate } + cables.keys.reduce(0) { $0 + $1.byteEstimate }
      + controls.count * 120 + snapshots.values.reduce(0) { $0 + $1.byteEstimate }
  }
}

extension Snapshot {
  var byteEstimate: Int { nodes.reduce(64) { $0 + $1.key.heapBytes + $1.value.byteEstimate } }
}

extension PatchNode {
  var byteEstimate: Int {
    136 + label.heapBytes + extras.reduce(0) { $0 + 64 + $1.value.heapBytes }
      + params.reduce(0) { $0 + 96 + $1.key.heapBytes + $1.value.heapBytes }
  }
}

extension Cable {
  var byteEstimate: Int {
    110 + source.node.heapBytes + source.port.heapBytes + destination.node.heapBytes + destination.port.heapBytes
  }
}

extension ParamValue {
  fileprivate var heapBytes: Int { if case .text(let text) = self { text.heapBytes } else { 0 } }
}

extension String {
  /// Heap bytes of a string; up to 15 bytes are stored inline.
  var heapBytes: Int { utf8.count > 15 ? utf8.count + 32 : 0 }
}
