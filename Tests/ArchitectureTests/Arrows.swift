/// Who may import whom: the table of ARCHITECTURE.md. A module may import what stands here, itself, and what its entry in
/// `Arrows.platform` allows. Adding a name here is a decision about the architecture.
enum Arrows {
  static let modules: [String: Set<String>] = [
    "HindcastFormat": ["CHindcastProto", "CHindcastCodec"],
    "HindcastStorage": ["HindcastFormat"],
    "HindcastWire": ["HindcastFormat", "CHindcastProto", "GRPCCore"],
    "HindcastSecurity": ["NIOSSL", "Crypto"],
    "Hindcast": [
      "HindcastFormat", "HindcastWire", "HindcastSecurity", "GRPCCore", "GRPCNIOTransportHTTP2Posix", "Logging",
      "Crypto",
    ],
    "HindcastServer": [
      "HindcastFormat", "HindcastStorage", "HindcastWire", "HindcastSecurity", "CHindcastMemory", "GRPCCore",
      "GRPCNIOTransportHTTP2Posix", "NIOCore", "NIOHTTP2", "NIOHPACK", "NIOTLS", "NIOSSL", "NIOCertificateReloading",
      "Logging",
    ],
    "HindcastReplay": ["HindcastFormat"],
    "HindcastEvaluation": ["HindcastFormat", "HindcastReplay"],
    "HindcastCommand": [
      "HindcastFormat", "HindcastStorage", "HindcastWire", "Hindcast", "HindcastServer", "HindcastReplay",
      "HindcastEvaluation", "ArgumentParser", "GRPCCore", "Logging",
    ],
    "Benchmarks": ["HindcastFormat", "HindcastStorage", "Hindcast", "ArgumentParser"],
    // Written as a user of the SDK would.
    "Examples": ["Hindcast", "ArgumentParser"],
  ]

  /// What comes with the language or the system.
  static func platform(_ module: String) -> Set<String> {
    let language: Set<String> = ["Synchronization"]
    let system: Set<String> = ["Glibc", "Musl", "Darwin", "Dispatch"]
    // The format knows bytes and values: no files, no clock, no threads.
    return module == "HindcastFormat" ? language : language.union(system)
  }

  /// Headers of the system libraries that a C target stands on.
  static let libraries: [String: [String]] = [
    "CHindcastProto": ["protobuf-c/"],
    "CHindcastCodec": ["zlib.h", "zstd.h", "xxhash.h"],
    "CHindcastMemory": ["jemalloc/"],
    "System": ["protobuf-c/", "zlib.h", "zstd.h", "xxhash.h", "jemalloc/"],
  ]

  /// Headers of the C language, of threads and of the CPU's instructions.
  static let standardHeaders: Set<String> = [
    "assert.h", "errno.h", "inttypes.h", "limits.h", "math.h", "pthread.h", "stdatomic.h", "stdalign.h", "stdarg.h",
    "stdbool.h", "stddef.h", "stdint.h", "stdlib.h", "string.h", "arm_acle.h", "arm_neon.h", "nmmintrin.h",
    "immintrin.h",
    "emmintrin.h", "smmintrin.h", "tmmintrin.h",
  ]
}
