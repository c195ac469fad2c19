internal import Hindcast
internal import HindcastFormat

extension HindcastFormat.Environment {
  /// The SDK's word for it.
  var client: HindcastClient.Environment {
    switch self {
    case .production: .production
    case .shadow: .shadow
    case .validation: .validation
    case .training: .training
    }
  }
}
