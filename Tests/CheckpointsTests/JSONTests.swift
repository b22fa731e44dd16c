import Checkpoints
import Testing

@Suite struct JSONTests {
    private func refusal(_ text: String) -> String? {
        failure { () throws(CheckpointError) in try JSON.parse(text) }?.description
    }

    @Test func everyKindOfValue() throws {
        let text = #" { "a" : [ 1 , -2.5e+1, 0, 1E2, true , false , null , "" ] , "b" : { } , "c":[]}  "#
        let value = try JSON.parse(text)
        #expect(value == ["a": [1, -25, 0, 100, true, false, nil, ""], "b": [:], "c": []])
        #expect(try value.serialized() == #"{"a":[1,-25,0,100,true,false,null,""],"b":{},"c":[]}"#)
        #expect(value["a"] != nil && value["d"] == nil && value["a"]?["b"] == nil)
    }

    @Test(arguments: [
        (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"), (#""\u00e9\u20AC""#, "é€"), (#""\uD83D\uDE00""#, "😀"), (#""😀é""#, "😀é"),
        (#""a\u0000b""#, "a\0b"),
    ])
    func strings(text: String, expected: String) throws {
        #expect(try JSON.parse(text) == .string(expected))
        #expect(try JSON.parse(JSON.string(expected).serialized()) == .string(expected))
    }

    @Test func controlCharactersAreEscaped() throws {
        #expect(try JSON.string("\u{1}\u{1F}\"\\\n").serialized() == #""\u0001\u001f\"\\\n""#)
    }

    @Test(
        arguments: [
            (0, "0"), (-0.0, "-0.0"), (3, "3"), (-1e15, "-1000000000000000"), (0.1, "0.1"), (1e300, "1e+300"),
            (.leastNonzeroMagnitude, "5e-324"),
            (9_007_199_254_740_992, "9007199254740992"), (9_007_199_254_740_994, "9.007199254740994e+15"),
            (1.0 / 3, "0.3333333333333333"),
        ] as [(Double, String)])
    func numbers(value: Double, text: String) throws {
        #expect(try JSON.number(value).serialized() == text)
        guard case .number(let back) = try JSON.parse(text) else { return #expect(Bool(false), "not a number") }
        #expect(back.bitPattern == value.bitPattern)
    }

    @Test func doublesAndFloatsComeBackExactly() throws {
        var random = SplitMix(seed: 1)
        for _ in 0..<20_000 {
            let double = Double(bitPattern: random.next())
            if double.isFinite {
                guard case .number(let back) = try JSON.parse(JSON.number(double).serialized()) else {
                    throw CheckpointError.json(path: "", reason: "")
                }
                #expect(back.bitPattern == double.bitPattern)
            }
            let float = Float(bitPattern: UInt32(truncatingIfNeeded: random.next()))
            if float.isFinite {
                let text = try JSON(float).serialized()
                let back = try JSON.Field(JSON.parse(text), path: "x").float()
                #expect(back.bitPattern == float.bitPattern)
                #expect(text.utf8.count <= 25)
            }
        }
        #expect(try JSON(Float(0.1)).serialized() == "0.1")
        #expect(try JSON.array([Float(1e-45), .greatestFiniteMagnitude].map { JSON($0) }).serialized() == "[1e-45,3.4028235e+38]")
    }

    @Test(arguments: [
        ("", "line 1, column 1: a value is missing"), ("[1,]", "column 4: expected a value"),
        ("[1 2]", "column 4: expected ',' or ']'"),
        ("{\"a\":1,}", "expected a key in quotes"), ("{\"a\" 1}", "expected ':' after key \"a\""),
        ("{\"a\":1,\"a\":2}", "key \"a\" occurs twice"),
        ("{a:1}", "expected a key"), ("nul", "expected a value"), ("truely", "something follows"), ("01", "leading zero"),
        ("-", "expected a digit"),
        ("1.", "expected a digit"), (".5", "expected a value"), ("1e", "expected a digit"), ("+1", "expected a value"),
        ("NaN", "expected a value"),
        ("1e999", "beyond the range"), ("-1e999", "beyond the range"), ("\"a", "without an end"), ("\"\\x\"", "unknown escape"),
        ("\"\\u12\"", "four hexadecimal digits"), ("\"\\uD800\"", "half a surrogate pair"),
        ("\"\\uDC00\"", "half a surrogate pair"),
        ("\"\\uD800\\u0041\"", "half a surrogate pair"), ("\"a\nb\"", "control character"),
        ("[1]\n\n [", "line 3, column 2: something follows"),
        ("// no", "expected a value"), ("\u{FEFF}1", "expected a value"), ("\"\\", "an escape without an end"),
    ])
    func malformedTexts(text: String, expected: String) {
        #expect(refusal(text)?.contains(expected) == true, "\(refusal(text) ?? "no error")")
    }

    @Test func textThatIsNotUTF8() {
        for text: [UInt8] in [
            [0x22, 0xFF, 0x22], [0x22, 0xC0, 0x80, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22], [0x22, 0x5C, 0x6E, 0xFF, 0x22],
        ] {
            let error = failure { () throws(CheckpointError) in try JSON.parse(bytes: text[...], name: "x") }
            #expect(error?.description.contains("not UTF-8") == true)
        }
    }

    @Test func depthIsLimited() throws {
        let deep = String(repeating: "[", count: 64) + String(repeating: "]", count: 64)
        #expect(refusal(deep) == nil)
        #expect(refusal("[" + deep + "]")?.contains("nested deeper than 64") == true)
        #expect(refusal(String(repeating: "[", count: 1_000_000))?.contains("nested deeper") == true)
    }

    @Test func nanAndInfinityHaveNoText() {
        let value: JSON = ["recipe": ["rates": [0.5, .number(.nan)]]]
        let error = failure { () throws(CheckpointError) in try value.serialized() }
        #expect(error == .json(path: "recipe.rates[1]", reason: "nan cannot be written"))
        #expect(failure { () throws(CheckpointError) in try JSON(-Float.infinity).serialized() } != nil)
    }

    @Test func fieldsNameTheirPath() throws {
        let recipe = JSON.Field(["weights": "four", "epochs": 2.5, "cycle": ["w", 3], "seed": nil, "rate": 1e300], path: "recipe")
        func refusal(_ body: () throws(CheckpointError) -> Void) -> String? { failure(body)?.description }
        #expect(
            refusal { () throws(CheckpointError) in _ = try recipe.member("weights").number() }
                == "recipe.weights: expected a number, found a string")
        #expect(refusal { () throws(CheckpointError) in _ = try recipe.member("lambda") } == "recipe: \"lambda\" is missing")
        #expect(
            refusal { () throws(CheckpointError) in _ = try recipe.member("epochs").integer(in: 1...9) }
                == "recipe.epochs: expected a whole number from 1 to 9, found 2.5")
        #expect(
            refusal { () throws(CheckpointError) in _ = try recipe.member("cycle").elements()[1].string() }
                == "recipe.cycle[1]: expected a string, found a number")
        #expect(
            refusal { () throws(CheckpointError) in _ = try recipe.member("rate").float() }?.contains("range of a float") == true)
        #expect(
            refusal { () throws(CheckpointError) in try recipe.refuseMembers(except: ["weights", "epochs", "cycle", "seed"]) }
                == "recipe: unknown key \"rate\"; known are cycle, epochs, seed, weights")
        #expect(
            refusal { () throws(CheckpointError) in _ = try recipe.bool() } == "recipe: expected true or false, found an object")
        #expect(try recipe.optional("seed") == nil && recipe.optional("nothing") == nil)
        #expect(try recipe.member("cycle").elements()[0].string() == "w")
        #expect(try recipe.members().map(\.key) == ["weights", "epochs", "cycle", "seed", "rate"])
    }
}
