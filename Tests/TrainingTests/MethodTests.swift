import Testing
import Training

@Suite struct MethodTests {
    @Test func namesAndCyclesAreThoseOfThePublishedMethods() {
        let cycles = FinetuningMethods.standard.methods.map { FinetuningOptions(method: $0).cycle.map(\.rawValue) }
        #expect(FinetuningMethods.standard.names == ["saft", "vft", "ptq4sr", "adabm", "srq"])
        let halves = [String](repeating: "range", count: 5) + [String](repeating: "weights", count: 5)
        let paper = ["weights", "range", "breakpoint"]
        #expect(cycles == [paper, paper, halves, ["weights", "range", "measures"], ["weights+range+breakpoint+biases"]])
        #expect(FinetuningMethods.standard.named("qat") == nil)
    }

    @Test func theStandardGroupsAreInTheOrderOfSavedStates() {
        #expect(ParameterGroup.standard.map(\.rawValue) == ["weights", "range", "breakpoint", "measures"])
        #expect(ParameterGroup.standard.allSatisfy { ParameterGroup.named($0.rawValue) == $0 })
        #expect(ParameterGroup.named("levels") == nil)
    }

    @Test(arguments: FinetuningMethods.standard.methods)
    func theRecipeNamesTheMethodAndTheRatesOfItsGroups(method: FinetuningMethod) throws {
        let text = try FinetuningOptions(method: method).json.serialized()
        #expect(text.hasPrefix("{\"method\":\"\(method.name)\""))
        for group in ParameterGroup.standard {
            #expect(text.contains("\"\(group.rawValue)\":") == method.groups.contains(group), "\(group)")
        }
        #expect(text.contains("\"image\":") == (method == .adabm))
    }

    /// Without a name the method is the one whose losses the options have.
    @Test func aRunWithoutANameIsCalledByItsLosses() throws {
        var options = FinetuningOptions()
        #expect(try options.json.serialized() == FinetuningOptions(method: .saft).json.serialized())
        options.sensitivity = false
        #expect(try options.json.serialized() == FinetuningOptions(method: .vft).json.serialized())
    }
}
