public import CSRQ
import QuantizedNetworks
import SuperResolution

@c @implementation
public func srq_option_owner(_ index: Int) -> UnsafePointer<CChar>! {
    // A size_t beyond Int.max comes in as a negative number.
    OptionTable.owners.indices.contains(index) ? OptionTable.owners[index].pointer : nil
}

@c @implementation
public func srq_option_count(_ owner: UnsafePointer<CChar>!) -> Int {
    guard let owner, let owner = OptionOwner(rawValue: String(cString: owner)) else { return 0 }
    return OptionTable.of(owner).count
}

@c @implementation
public func srq_option_get(
    _ owner: UnsafePointer<CChar>!, _ index: Int, _ info: UnsafeMutablePointer<srq_option_info>!
) -> srq_status {
    status { () throws(SuperResolutionError) in
        _ = try text(owner, "owner")
        let options = OptionTable.of(try choice(owner, "owner", default: OptionOwner.load))
        let option = options[try checkedIndex(index, count: options.count, "options")]
        try VersionedStruct.write(option.info, to: info, "info")
    }
}

/// The lists of options as C sees them. They are made once and never freed, so that callers may keep what they point to.
enum OptionTable {
    /// The names of the calls that have options.
    static let owners = OptionOwner.allCases.map { CText($0.rawValue) }
    private static let tables = Dictionary(
        uniqueKeysWithValues: OptionOwner.allCases.map { owner in (owner, owner.options.map { OptionEntry($0, of: owner) }) })

    /// Returns the options of a call in the order in which they are listed.
    static func of(_ owner: OptionOwner) -> [OptionEntry] { tables[owner] ?? [] }

    /// Returns the text that an option has unless a caller changes it; NULL where nothing is set. The text is there as long as the
    /// process.
    static func text(_ owner: OptionOwner, _ field: String) -> UnsafePointer<CChar>? {
        guard let option = of(owner).first(where: { $0.description.field == field }), option.info.has_default == 1 else {
            return nil
        }
        return option.info.default_text
    }

    /// Returns the number that an option has unless a caller changes it; 0 where nothing is set.
    static func number<Value: BinaryInteger>(_ owner: OptionOwner, _ field: String) -> Value {
        guard let option = of(owner).first(where: { $0.description.field == field }), option.info.has_default == 1 else { return 0 }
        return Value(option.info.default_number)
    }
}

/// One option and its `srq_option_info`, whose strings live as long as the entry.
final class OptionEntry: Sendable {
    let description: OptionDescription
    /// The C struct. Nothing writes to it or its strings after `init`, so that threads may share it.
    nonisolated(unsafe) let info: srq_option_info
    private let texts: [CText]

    init(_ description: OptionDescription, of owner: OptionOwner) {
        self.description = description
        let bounds = description.bounds
        let field = owner.field(description.field)
        texts = [
            description.name, description.field, description.defaultText, bounds?.description ?? "",
            description.choices.joined(separator: ", "), description.meaning,
        ].map { CText($0) }
        let (number, isSet): (Double, Bool) =
            switch description.standard {
            case .integer(let value): (Double(value), true)
            case .number(let value): (value, true)
            case .flag(let value): (value ? 1 : 0, true)
            case .text: (.nan, true)
            case .unset: (.nan, false)
            }
        let type = if case .list = description.kind { SRQ_OPTION_LIST } else { field?.type ?? 0 }
        info = srq_option_info(
            struct_size: 0, type: type, name: texts[0].pointer, field: texts[1].pointer, offset: field?.offset ?? 0,
            has_default: isSet ? 1 : 0, default_text: texts[2].pointer, default_number: number,
            minimum: bounds?.lower ?? .nan, maximum: bounds?.upper ?? .nan,
            minimum_excluded: bounds?.excludesLower == true ? 1 : 0, maximum_excluded: bounds?.excludesUpper == true ? 1 : 0,
            bounds: texts[3].pointer, choices: texts[4].pointer, meaning: texts[5].pointer)
    }
}
