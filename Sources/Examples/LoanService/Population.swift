#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// Who applies. Half-way incomes fall, debts rise, and a purpose and a region appear that the model does not know.
struct Population: Sendable {
  var seed: UInt64
  /// How many apply in all.
  var count: Int

  /// Application number `index`; the same whoever asks, and however often.
  func application(_ index: Int) -> LoanApplication {
    var random = SeededRandom(seed: seed, event: index)
    let time = SimulatedTime.ofApplication(index, count: count, jitter: random.unit())
    let drift = SimulatedTime.drift(at: time)

    // Thrift is not observed; it ties the observed things together.
    let thrift = random.normal()
    let age = 19 + Int(50 * sqrt(random.unit() * random.unit()))
    let income = 28_000 * exp(0.42 * random.normal() + 0.12 * thrift - 0.22 * drift)
    let amount = 9_000 * exp(0.6 * random.normal() + 0.1 * drift)
    let amountInHundreds = min(max(Int(amount / 100), 5), 750)
    let debtRatio = 0.32 + 0.13 * random.normal() - 0.08 * thrift + 0.10 * drift
    let utilisation = 0.40 + 0.22 * random.normal() - 0.12 * thrift + 0.06 * drift
    let careerYears = Double(age - 18)
    return LoanApplication(
      reference: reference(index), time: time,
      income: random.chance(0.06) ? nil : (income / 10).rounded() * 10,
      amount: amountInHundreds * 100,
      termMonths: min(12 * (1 + amountInHundreds / 40 + random.index(3)), 84),
      purpose: purpose(drift, &random),
      employmentYears: random.chance(0.08 + 0.06 * drift)
        ? nil : (min(random.exponential(mean: 6), careerYears) * 2).rounded() / 2,
      age: age,
      debtRatio: (min(max(debtRatio, 0), 1.5) * 1_000).rounded() / 1_000,
      utilisation: (min(max(utilisation, 0), 1) * 100).rounded() / 100,
      region: region(drift, &random),
      homeOwnership: homeOwnership(age, &random),
      creditHistoryMonths: random.chance(0.10) ? nil : Int(12 * careerYears * random.unit()),
      previousDefaults: random.chance(0.12) ? 1 + Int(random.exponential(mean: 0.6)) : 0,
      isRepeatCustomer: random.chance(0.35),
      device: device(&random),
      experiment: random.chance(0.1) ? .treatment : .control)
  }

  /// 16 characters: `LN-` and 13 digits of base 32 that show no order, since customers read them.
  private func reference(_ index: Int) -> String {
    let digits: StaticString = "0123456789abcdefghjkmnpqrstvwxyz"
    var number = SeededRandom.mixed(UInt64(index) &+ SeededRandom.mixed(seed))
    return String(unsafeUninitializedCapacity: 16) { text in
      text[0] = UInt8(ascii: "L")
      text[1] = UInt8(ascii: "N")
      text[2] = UInt8(ascii: "-")
      for place in 3..<16 {
        text[place] = digits.utf8Start[Int(number % 32)]
        number /= 32
      }
      return 16
    }
  }

  private func purpose(_ drift: Double, _ random: inout SeededRandom) -> LoanApplication.Purpose {
    if random.chance(0.15 * drift) { return .solar }
    switch random.unit() {
    case ..<0.30: return .car
    case ..<0.55: return .debts
    case ..<0.75: return .home
    case ..<0.85: return .education
    case ..<0.92: return .medical
    default: return .business
    }
  }

  private func region(_ drift: Double, _ random: inout SeededRandom) -> LoanApplication.Region {
    if random.chance(0.12 * drift) { return .acores }
    switch random.unit() {
    case ..<0.35: return .lisboa
    case ..<0.67: return .norte
    case ..<0.87: return .centro
    case ..<0.94: return .algarve
    default: return .alentejo
    }
  }

  private func homeOwnership(_ age: Int, _ random: inout SeededRandom) -> LoanApplication.HomeOwnership {
    if age < 27, random.chance(0.5) { return .family }
    switch random.unit() {
    case ..<0.40: return .rent
    case ..<0.75: return .mortgage
    default: return .own
    }
  }

  private func device(_ random: inout SeededRandom) -> LoanApplication.Device? {
    switch random.unit() {
    case ..<0.15: nil
    case ..<0.50: .android
    case ..<0.75: .ios
    default: .desktop
    }
  }
}
