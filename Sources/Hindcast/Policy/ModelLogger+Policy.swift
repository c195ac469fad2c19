extension ModelLogger {
  /// Changes which predictions of this version are kept, for those that are sent from now on; nil: all are, without an
  /// inclusion probability. May be called at any time.
  public func setSampling(_ sampling: Sampling?) {
    predictions.changePolicy { $0.sampling = sampling }
  }

  /// Changes what is done to the fields of this version's events, for those that are sent from now on. What was logged
  /// within the last flush interval may already be under the new rules.
  public func setPrivacy(_ privacy: Privacy) {
    predictions.changePolicy { $0.privacy = privacy }
    actuals.changePolicy { $0.privacy = privacy }
  }
}
