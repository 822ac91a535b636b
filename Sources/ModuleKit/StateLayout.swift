/// The layout of a module's state: its size, and the names and types of its parts. Its pointers refer to memory whose
/// sizes are compared separately.
@usableFromInline func stateLayout<M: Module>(of type: M.Type) -> String {
  let module = M(ModuleSetup(sampleRate: 48_000, memory: NodeMemory()))
  return "\(MemoryLayout<M>.size) \(parts(of: module))"
}

private func parts(of value: Any) -> String {
  let mirror = Mirror(reflecting: value)
  guard mirror.displayStyle == .struct || mirror.displayStyle == .tuple, !mirror.children.isEmpty,
    !(value is any SIMD)
  else { return "\(type(of: value))" }
  return "{" + mirror.children.map { "\($0.label ?? "_"): \(parts(of: $0.value))" }.joined(separator: ", ") + "}"
}
