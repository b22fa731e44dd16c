-- A few words for tests: test, equal, near, raises.

local check = { passed = 0, failures = {} }

function check.test(name, body)
    local done, message = xpcall(body, debug.traceback)
    if done then
        check.passed = check.passed + 1
    else
        check.failures[#check.failures + 1] = name
        io.stderr:write("FAILED  ", name, "\n", tostring(message), "\n")
    end
end

function check.equal(found, expected)
    if found ~= expected then
        error(("found %s, expected %s"):format(tostring(found), tostring(expected)), 2)
    end
end

function check.near(found, expected, tolerance)
    if not (math.abs(found - expected) <= tolerance) then
        error(("found %s, expected %s within %s"):format(found, expected, tolerance), 2)
    end
end

-- Calls the function, which must fail with a message that has every given part in it (plain text). Returns the message.
function check.raises(body, ...)
    local done, message = pcall(body)
    if done then error("no error was raised", 2) end
    for _, part in ipairs { ... } do
        if not tostring(message):find(part, 1, true) then
            error(("'%s' is not in the message: %s"):format(part, message), 2)
        end
    end
    return message
end

return check
