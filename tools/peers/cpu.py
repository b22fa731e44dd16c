"""What this machine's processor can do, as far as it decides which rows mean something."""
import re


def _read():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        return file.read()


def flags():
    found = re.search(r"^(?:flags|Features)\s*:\s*(.*)$", _read(), re.MULTILINE)
    return set(found.group(1).split()) if found else set()


def name():
    found = re.search(r"^model name\s*:\s*(.*)$", _read(), re.MULTILINE)
    return found.group(1) if found else "unknown processor"


def features():
    """The instruction sets that convolutions ask for, those present."""
    known = ("avx2", "fma", "avx_vnni", "avx512f", "avx512_vnni", "avx512_bf16", "avx_ne_convert", "amx_int8", "amx_bf16",
             "asimddp", "i8mm", "bf16")
    return [one for one in known if one in flags()]


def refusal(precision):
    """Why a precision is not measured here, or None. Where bf16 is emulated it is slower than f32 and tells nothing."""
    if precision == "bf16" and not flags() & {"avx512_bf16", "amx_bf16", "bf16"}:
        return "no bf16 instructions on this processor"
    return None


def has_exact_u8s8():
    """Without these a multiplication of bytes adds pairs into 16 bits, which overflow unless weights have 7 bits."""
    return bool(flags() & {"avx512_vnni", "avx_vnni", "amx_int8", "asimddp", "i8mm"})
