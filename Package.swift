// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .treatAllWarnings(as: .error),
]

/// Targets of our own Swift code all share one set of language settings.
func module(_ name: String, _ dependencies: [Target.Dependency], path: String? = nil) -> Target {
  .target(name: name, dependencies: dependencies, path: path, swiftSettings: strict)
}

func tests(
  _ name: String, _ dependencies: [Target.Dependency], exclude: [String] = [], resources: [Resource] = []
) -> Target {
  .testTarget(name: name, dependencies: dependencies, exclude: exclude, resources: resources, swiftSettings: strict)
}

let grpcCore: Target.Dependency = .product(name: "GRPCCore", package: "grpc-swift-2")
let grpcInProcess: Target.Dependency = .product(name: "GRPCInProcessTransport", package: "grpc-swift-2")
let grpcNIO: Target.Dependency = .product(
  name: "GRPCNIOTransportHTTP2Posix", package: "grpc-swift-nio-transport")
let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioEmbedded: Target.Dependency = .product(name: "NIOEmbedded", package: "swift-nio")
let nioHTTP2: Target.Dependency = .product(name: "NIOHTTP2", package: "swift-nio-http2")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let nioTLS: Target.Dependency = .product(name: "NIOTLS", package: "swift-nio")
let nioSSL: Target.Dependency = .product(name: "NIOSSL", package: "swift-nio-ssl")
let nioCertificateReloading: Target.Dependency = .product(
  name: "NIOCertificateReloading", package: "swift-nio-extras")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let nioHPACK: Target.Dependency = .product(name: "NIOHPACK", package: "swift-nio-http2")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let argumentParser: Target.Dependency = .product(
  name: "ArgumentParser", package: "swift-argument-parser")

/// The fuzzers are there only when asked for: they have no `main` without `-sanitize=fuzzer`. `tools/fuzz` asks.
let fuzzers: [Target] =
  Context.environment["HINDCAST_FUZZ"] == nil
  ? []
  : [
    .executableTarget(
      name: "FuzzRun", dependencies: ["FuzzTargets"], path: "Tests/Fuzz/Run", swiftSettings: strict),
    .executableTarget(
      name: "FuzzRunWire", dependencies: ["FuzzTargets", "FuzzWireTargets"], path: "Tests/Fuzz/RunWire",
      swiftSettings: strict),
  ]

let package = Package(
  name: "hindcast",
  platforms: [.macOS(.v15)],
  products: [
    .library(name: "Hindcast", targets: ["Hindcast"]),
    .executable(name: "hindcast", targets: ["HindcastCommand"]),
  ],
  dependencies: [
    .package(url: "https://github.com/grpc/grpc-swift-2.git", from: "2.4.0"),
    .package(url: "https://github.com/grpc/grpc-swift-nio-transport.git", from: "2.9.0"),
    // What gRPC's transport stands on; the server puts handlers of its own into it.
    .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.0"),
    .package(url: "https://github.com/apple/swift-nio-http2.git", from: "1.46.0"),
    // What its TLS is made of; certificates and tokens are looked at with the same, and fields hashed.
    .package(url: "https://github.com/apple/swift-nio-ssl.git", from: "2.36.0"),
    .package(url: "https://github.com/apple/swift-nio-extras.git", from: "1.29.0"),
    .package(url: "https://github.com/apple/swift-crypto.git", from: "4.0.0"),
    .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-log.git", from: "1.6.0"),
  ],
  targets: [
    // System libraries, found by pkg-config.
    .systemLibrary(
      name: "SystemProtobufC", path: "Sources/System/protobuf-c", pkgConfig: "libprotobuf-c",
      providers: [.apt(["libprotobuf-c-dev"])]),
    .systemLibrary(
      name: "SystemZlib", path: "Sources/System/zlib", pkgConfig: "zlib",
      providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(
      name: "SystemZstd", path: "Sources/System/zstd", pkgConfig: "libzstd",
      providers: [.apt(["libzstd-dev"])]),
    .systemLibrary(
      name: "SystemJemalloc", path: "Sources/System/jemalloc", pkgConfig: "jemalloc",
      providers: [.apt(["libjemalloc-dev"])]),
    .systemLibrary(
      name: "SystemXXHash", path: "Sources/System/xxhash", pkgConfig: "libxxhash",
      providers: [.apt(["libxxhash-dev"])]),

    // C: generated protobuf code with its arena, and the kernels Swift cannot reach.
    .target(name: "CHindcastProto", dependencies: ["SystemProtobufC"]),
    .target(name: "CHindcastCodec", dependencies: ["SystemZlib", "SystemZstd", "SystemXXHash"]),
    .target(
      name: "CHindcastMemory", dependencies: [.target(name: "SystemJemalloc", condition: .when(platforms: [.linux]))]),

    module("HindcastFormat", ["CHindcastProto", "CHindcastCodec"]),
    module("HindcastStorage", ["HindcastFormat"]),
    module("HindcastWire", ["HindcastFormat", "CHindcastProto", grpcCore]),
    module("HindcastSecurity", [nioSSL, crypto]),
    module("Hindcast", ["HindcastFormat", "HindcastWire", "HindcastSecurity", grpcCore, grpcNIO, logging, crypto]),
    module(
      "HindcastServer",
      [
        "HindcastStorage", "HindcastWire", "HindcastFormat", "HindcastSecurity", "CHindcastMemory", grpcCore, grpcNIO,
        nioCore, nioHTTP2, nioHPACK, nioTLS, nioSSL, nioCertificateReloading, logging,
      ]),
    module("HindcastReplay", ["HindcastFormat"]),
    module("HindcastEvaluation", ["HindcastReplay", "HindcastFormat"]),
    .executableTarget(
      name: "HindcastCommand",
      dependencies: [
        "HindcastFormat", "HindcastStorage", "HindcastWire", "Hindcast", "HindcastServer",
        "HindcastReplay", "HindcastEvaluation", argumentParser, logging, grpcCore,
      ],
      swiftSettings: strict),

    // Services, as a user of the SDK would write them.
    .executableTarget(
      name: "QuickStart", dependencies: ["Hindcast"], path: "Sources/Examples/QuickStart", swiftSettings: strict),
    .executableTarget(
      name: "LoanService", dependencies: ["Hindcast", argumentParser], path: "Sources/Examples/LoanService",
      swiftSettings: strict),

    // What tools/bench runs.
    .executableTarget(
      name: "StorageBenchmark", dependencies: ["HindcastStorage", "HindcastFormat", argumentParser],
      path: "Sources/Benchmarks/StorageBenchmark", swiftSettings: strict),
    .executableTarget(
      name: "FormatBenchmark", dependencies: ["HindcastFormat"], path: "Sources/Benchmarks/FormatBenchmark",
      swiftSettings: strict),
    .executableTarget(
      name: "SDKBenchmark", dependencies: ["Hindcast", argumentParser], path: "Sources/Benchmarks/SDKBenchmark",
      swiftSettings: strict),

    // What is fuzzed: used by the fuzzers and by the tests that replay their corpus.
    module("FuzzTargets", ["HindcastFormat", "HindcastStorage"], path: "Tests/Fuzz/Targets"),
    module("FuzzWireTargets", ["FuzzTargets", "HindcastWire", "HindcastFormat", grpcCore], path: "Tests/Fuzz/Wire"),

    // The simulated disk, the driver that crashes the store on it, and the checker: a library, so that the tests and
    // the program that runs for hours share it.
    module("HindcastSimulation", ["HindcastStorage", "HindcastFormat"], path: "Tests/HindcastSimulation"),
    .executableTarget(
      name: "simulate", dependencies: ["HindcastSimulation"], path: "Tests/Simulate", swiftSettings: strict),

    // Certificates for a test, made by `openssl`.
    module("TestCertificates", [], path: "Tests/TestCertificates"),

    tests("ArchitectureTests", []),
    tests(
      "HindcastFormatTests", ["HindcastFormat", "CHindcastCodec", "CHindcastProto", "FuzzTargets"], exclude: ["Golden"]),
    tests("HindcastStorageTests", ["HindcastSimulation", "HindcastStorage", "HindcastFormat", "FuzzTargets"]),
    tests("HindcastWireTests", ["HindcastWire", "HindcastFormat", "FuzzTargets", "FuzzWireTargets", grpcCore]),
    tests(
      "HindcastTests",
      [
        "Hindcast", "HindcastServer", "HindcastStorage", "HindcastWire", "HindcastFormat", "TestCertificates", logging,
        grpcCore, grpcNIO,
      ]),
    tests(
      "HindcastSpoolTests",
      ["Hindcast", "HindcastSimulation", "HindcastStorage", "HindcastWire", "HindcastFormat", grpcCore]),
    tests("HindcastSecurityTests", ["HindcastSecurity", "TestCertificates"]),
    tests(
      "HindcastServerTests",
      [
        "HindcastServer", "HindcastStorage", "HindcastWire", "HindcastFormat", "HindcastSecurity", "TestCertificates",
        grpcCore, grpcNIO, grpcInProcess, nioCore, nioPosix, nioEmbedded, nioHPACK, nioSSL,
      ]),
    tests(
      "HindcastCommandTests",
      [
        "HindcastCommand", "Hindcast", "HindcastServer", "HindcastStorage", "HindcastReplay", "HindcastEvaluation",
        "HindcastFormat", argumentParser,
      ]),
    tests("HindcastReplayTests", ["HindcastReplay", "HindcastFormat"]),
    tests(
      "HindcastEvaluationTests", ["HindcastEvaluation", "HindcastReplay", "HindcastFormat"], exclude: ["Resources"]),
  ] + fuzzers
)
