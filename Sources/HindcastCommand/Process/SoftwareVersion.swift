/// What `status` and the log of a server call this software.
enum SoftwareVersion {
  static let text = "0.1.0"
}
