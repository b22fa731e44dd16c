local check = require "check"
local json = require "srq.json"

check.test("values of every kind are read", function()
    local value = json.decode ' {"a": [1, -2.5e1, true, false, null, "x"], "b": {}, "c": [] , "d": {"e": {"f": 0}}} '
    check.equal(value.a[2], -25.0)
    check.equal(value.a[4], false)
    check.equal(value.a[5], nil)
    check.equal(value.a[6], "x")
    check.equal(value.d.e.f, 0)
    check.equal(next(value.b), nil)
end)

check.test("strings are unescaped", function()
    check.equal(json.decode [["a\n\"\\\/\u00e9\ud83d\ude00"]], 'a\n"\\/é😀')
    check.equal(json.decode [["\\u0041 \u005cn \u0041bc"]], "\\u0041 \\n Abc")
    check.raises(function() json.decode [["\u00g1"]] end, "JSON, byte")
end)

check.test("text that is no JSON is refused with the place", function()
    local wrong = { "", "{", "[1,]", "[1 2]", '{"a" 1}', "{a: 1}", '"open', "nul", "1 2", ("["):rep(200), '"\\q"' }
    for _, text in ipairs(wrong) do
        check.raises(function() json.decode(text) end, "JSON, byte")
    end
end)
