local check = require "check"
local arguments = require "srq.arguments"

local known = {
    { "epochs", 10, "how long" }, { "rate", 0.5, "how fast" }, { "model", "a.pth", "which" }, { "quick", false, "skip" },
}

check.test("options take the type of their defaults", function()
    local values = arguments.read({ "--epochs", "3", "--model=b.pth", "--quick", "--rate", "1e-3" }, known)
    check.equal(values.epochs, 3)
    check.equal(values.rate, 0.001)
    check.equal(values.model, "b.pth")
    check.equal(values.quick, true)
    check.equal(arguments.read({}, known).epochs, 10)
    check.equal(arguments.read({ "--model=" }, known).model, "")
end)

check.test("what is unknown, incomplete or of another type is named", function()
    check.raises(function() arguments.read({ "--epoch", "3" }, known) end, "unknown argument '--epoch'", "--epochs N", "default 10")
    check.raises(function() arguments.read({ "file" }, known) end, "unknown argument 'file'")
    check.raises(function() arguments.read({ "--epochs" }, known) end, "--epochs needs a value")
    check.raises(function() arguments.read({ "--epochs", "many" }, known) end, "--epochs must be a number, not 'many'")
    check.raises(function() arguments.read({ "--epochs", "1.5" }, known) end, "--epochs must be a whole number, not '1.5'")
end)
