"""Reads the header as it stands with cffi and calls the library. Arguments: header, library."""
import re
import sys

try:
    from cffi import FFI
except ImportError:
    print("interface.py skipped: no cffi")
    sys.exit(0)

header, library = sys.argv[1:]
with open(header, encoding="utf-8") as file:
    text = file.read()
text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
text = re.sub(r"#ifdef __cplusplus.*?#endif", "", text, flags=re.S)
text = "\n".join(line for line in text.splitlines() if not line.startswith("#"))

ffi = FFI()
ffi.cdef(text)
srq = ffi.dlopen(library)
assert srq.srq_version_number() > 0
out = ffi.new("srq_model **")
assert srq.srq_model_load(out, b"/nowhere/x.pth", ffi.NULL) == -20
assert out[0] == ffi.NULL
assert b"x.pth" in ffi.string(srq.srq_last_error())
options = ffi.new("srq_finetune_options *")
srq.srq_finetune_options_init(options, ffi.sizeof("srq_finetune_options"))
assert options.struct_size == ffi.sizeof("srq_finetune_options") and options.epochs == 10
print("interface.py the header parses as it stands")
