/// The Python globals that a state dict, and what training scripts save beside it, needs. There are no others.
enum PickleGlobal: Equatable, CustomStringConvertible {
    case orderedDictionary
    case counter
    case set
    /// The function `_codecs.encode`, by which protocol 2 writes bytes.
    case encode
    case size
    case device
    case elementType(ElementType)
    case storage(ElementType)
    case untypedStorage
    case tensorClass
    case parameterClass
    case rebuildTensor
    case rebuildTensorV2
    case rebuildTensorV3
    case rebuildParameter
    case rebuildParameterWithState
    case rebuildFromType
    /// A class or function whose objects lie beside the weights. They are read over: nothing is known about them but the name.
    case bystander(String)

    /// - Returns: nil for every name that is not listed.
    init?(module: String, name: String) {
        switch (module, name) {
        case ("collections", "OrderedDict"): self = .orderedDictionary
        case ("collections", "Counter"): self = .counter
        case ("builtins", "set"), ("__builtin__", "set"): self = .set
        case ("_codecs", "encode"): self = .encode
        case ("torch", "Size"): self = .size
        case ("torch", "device"): self = .device
        case ("torch", "Tensor"): self = .tensorClass
        case ("torch.nn.parameter", "Parameter"): self = .parameterClass
        case ("torch.storage", "UntypedStorage"), ("torch", "UntypedStorage"): self = .untypedStorage
        case ("torch._utils", "_rebuild_tensor"): self = .rebuildTensor
        case ("torch._utils", "_rebuild_tensor_v2"): self = .rebuildTensorV2
        case ("torch._utils", "_rebuild_tensor_v3"): self = .rebuildTensorV3
        case ("torch._utils", "_rebuild_parameter"): self = .rebuildParameter
        case ("torch._utils", "_rebuild_parameter_with_state"): self = .rebuildParameterWithState
        case ("torch._tensor", "_rebuild_from_type_v2"): self = .rebuildFromType
        case ("torch", let name):
            guard let torch = Self.torchTypes.first(where: { $0.storage == name || $0.type == name }) else { return nil }
            self = torch.storage == name ? .storage(torch.element) : .elementType(torch.element)
        default:
            guard Self.bystanders[module]?.contains(name) == true else { return nil }
            self = .bystander("\(module).\(name)")
        }
    }

    /// The classes of what training scripts save beside the weights, by module: numbers of NumPy, arguments, paths, dates,
    /// settings. None of them can do harm even where a pickle is executed, which it is not here.
    private static let bystanders: [String: Set<String>] = {
        let numpyArrays: Set = ["scalar", "_reconstruct"]
        let paths: Set = ["Path", "PosixPath", "WindowsPath", "PurePath", "PurePosixPath", "PureWindowsPath"]
        let builtins: Set = [
            "int", "float", "complex", "bool", "str", "bytes", "bytearray", "list", "dict", "tuple", "slice", "range",
        ]
        return [
            "numpy": [
                "dtype", "ndarray", "bool_", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float16",
                "float32", "float64",
            ],
            "numpy.core.multiarray": numpyArrays, "numpy._core.multiarray": numpyArrays,
            "numpy.core.numeric": ["_frombuffer"], "numpy._core.numeric": ["_frombuffer"],
            "argparse": ["Namespace"], "types": ["SimpleNamespace"],
            "pathlib": paths, "pathlib._local": paths,
            "datetime": ["datetime", "date", "time", "timedelta", "timezone"], "uuid": ["UUID"],
            "decimal": ["Decimal"], "fractions": ["Fraction"],
            "collections": ["defaultdict", "deque"],
            "builtins": builtins, "__builtin__": builtins.union(["unicode", "long", "xrange"]),
            "omegaconf.dictconfig": ["DictConfig"], "omegaconf.listconfig": ["ListConfig"], "omegaconf.nodes": ["AnyNode"],
            "omegaconf.base": ["ContainerMetadata", "Metadata"], "typing": ["Any"],
            "easydict": ["EasyDict"], "addict": ["Dict"], "addict.addict": ["Dict"], "munch": ["Munch"], "yacs.config": ["CfgNode"],
        ]
    }()

    private static let torchTypes: [(storage: String?, type: String, element: ElementType)] = [
        ("FloatStorage", "float32", .float32), ("HalfStorage", "float16", .float16), ("BFloat16Storage", "bfloat16", .bfloat16),
        ("DoubleStorage", "float64", .float64), ("LongStorage", "int64", .int64), ("IntStorage", "int32", .int32),
        ("ShortStorage", "int16", .int16), ("CharStorage", "int8", .int8), ("ByteStorage", "uint8", .uint8),
        ("BoolStorage", "bool", .bool),
        // Newer types have no storage class of their own.
        (nil, "uint16", .uint16), (nil, "uint32", .uint32), (nil, "uint64", .uint64),
    ]

    var description: String {
        switch self {
        case .orderedDictionary: "OrderedDict"
        case .counter: "Counter"
        case .set: "set"
        case .encode: "_codecs.encode"
        case .size: "torch.Size"
        case .device: "torch.device"
        case .elementType(let type): "the \(type.rawValue) type"
        case .storage(let type): "the \(type.rawValue) storage class"
        case .untypedStorage: "UntypedStorage"
        case .tensorClass: "Tensor"
        case .parameterClass: "Parameter"
        case .rebuildTensor: "_rebuild_tensor"
        case .rebuildTensorV2: "_rebuild_tensor_v2"
        case .rebuildTensorV3: "_rebuild_tensor_v3"
        case .rebuildParameter: "_rebuild_parameter"
        case .rebuildParameterWithState: "_rebuild_parameter_with_state"
        case .rebuildFromType: "_rebuild_from_type_v2"
        case .bystander(let name): name
        }
    }
}
