/// The opcodes of pickle protocols 2…5 that `torch.save` can write, for Python 2 as well as 3.
enum PickleOpcode: UInt8 {
    case mark = 0x28, stop = 0x2E, pop = 0x30, popMark = 0x31, duplicate = 0x32
    case binFloat = 0x47, binInt = 0x4A, binInt1 = 0x4B, binInt2 = 0x4D, none = 0x4E
    case binPersistentID = 0x51, reduce = 0x52, binString = 0x54, shortBinString = 0x55
    case binUnicode = 0x58, append = 0x61, build = 0x62, global = 0x63
    case appends = 0x65, binGet = 0x68, longBinGet = 0x6A, list = 0x6C, emptyList = 0x5D
    case binPut = 0x71, longBinPut = 0x72, setItem = 0x73, tuple = 0x74, emptyTuple = 0x29, setItems = 0x75, emptyDictionary = 0x7D
    case dictionary = 0x64
    case binBytes = 0x42, shortBinBytes = 0x43
    // protocol 2
    case proto = 0x80, newObject = 0x81, tuple1 = 0x85, tuple2 = 0x86, tuple3 = 0x87, newTrue = 0x88, newFalse = 0x89
    case long1 = 0x8A, long4 = 0x8B
    // protocols 4 and 5
    case shortBinUnicode = 0x8C, binUnicode8 = 0x8D, binBytes8 = 0x8E, emptySet = 0x8F, addItems = 0x90, frozenSet = 0x91
    case stackGlobal = 0x93, memoize = 0x94, frame = 0x95, byteArray8 = 0x96
}
