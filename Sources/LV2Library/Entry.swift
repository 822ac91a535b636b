import CLV2
import LV2

/// The Swift side of `lv2_lib_descriptor`, called once the processor has been checked (`CLV2Entry/entry.c`).
@c(weft_lv2_make_descriptor)
public func makeDescriptor(_ bundle: UnsafePointer<CChar>) -> UnsafeRawPointer? {
  UnsafeRawPointer(PluginDescriptor.make(bundle: String(cString: bundle)))
}
