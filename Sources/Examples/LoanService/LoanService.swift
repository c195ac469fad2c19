@main struct LoanService { static func main() {} }
