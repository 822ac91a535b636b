/// True if the build has the flags of the project's Makefile: kernels for AVX2, RealtimeSanitizer in the tests, symbols for
/// modules of others. A plain `swift build` has none of them.
#if WEFT_FLAGS
  public let hasMakeFlags = true
#else
  public let hasMakeFlags = false
#endif
