"""Quantized super-resolution for Python: one file over libsrq.so with ctypes and NumPy, nothing to compile.

    import srq
    network = srq.Model("edsr_x4.pth")
    q = network.calibrate(srq.Images("calibration/*.png", count=100, patch=96))
    q.finetune(images, epochs=10)
    model = q.quantize()
    large = model.upscale(small)          # NumPy arrays: height × width (× channels), uint8, uint16 or float32 (0…1)

The library is looked for in $SRQ_LIBRARY, then as the system finds libsrq.so.0. Failures raise srq.Error; an argument of a wrong
type raises TypeError, one out of its bounds srq.ArgumentError, which is a ValueError, before anything is done. Ctrl-C ends a call
at its next step and raises KeyboardInterrupt. Model and Images never change: many threads may use one, and a copy is the object
itself. A Session or a Quantization serves one call at a time, and cannot be copied.
"""
import ctypes as c
import math
import operator
import os
import signal
import threading
import warnings

import numpy as np

__all__ = ["ArgumentError", "Error", "Images", "Model", "Quantization", "Session", "Warning", "build",
           "compare", "options", "read", "version", "write"]


class _Struct(c.Structure):
    """The base of the structs of srq.h, which begin with their own size."""

    def __init__(self, **values):
        super().__init__(struct_size=c.sizeof(self), **values)


# In each struct struct_size comes first; the other fields are those of srq.h, in its order.
def _struct(name, fields):
    return type(name, (_Struct,), {"_fields_": [("struct_size", c.c_uint32)] + fields})


_u32, _u64, _i32, _f32, _f64, _text, _handle = c.c_uint32, c.c_uint64, c.c_int32, c.c_float, c.c_double, c.c_char_p, c.c_void_p

_Progress = _struct("_Progress", [
    ("epoch", _u32), ("done", _u64), ("total", _u64), ("stage", _text), ("detail", _text), ("loss", _f64), ("seconds", _f64)])
_ProgressFunction = c.CFUNCTYPE(_i32, c.c_void_p, c.POINTER(_Progress))
_WarningFunction = c.CFUNCTYPE(None, c.c_void_p, _text)
_View = _struct("_View", [
    ("width", _u32), ("height", _u32), ("format", _i32), ("type", _i32), ("reserved", _u32), ("stride", c.c_size_t),
    ("data", c.c_void_p)])
_Score = _struct("_Score", [
    ("reserved", _u32), ("name", _text), ("psnr", _f64), ("ssim", _f64), ("ssim_replicate", _f64), ("bits", _f64)])
_Skipped = _struct("_Skipped", [("reserved", _u32), ("name", _text), ("reason", _text)])
_ModelInfo = _struct("_ModelInfo", [
    ("scale", _u32), ("architecture", _text), ("recipe", _text), ("layers", c.c_size_t), ("parameters", _u64),
    ("quantized", _i32), ("snapped", _i32)])
_FinetuningInfo = _struct("_FinetuningInfo", [("runs", _u32), ("epochs", _u32), ("resumed", _u32), ("seconds", _f64)])
_LayerInfo = _struct("_LayerInfo", [
    ("inputs", _u32), ("outputs", _u32), ("kernel", _u32), ("weight_bits", _u32), ("activation_bits", _u32), ("name", _text),
    ("role", _text), ("quantizer", _text), ("lower", _f64), ("upper", _f64), ("breakpoint", _f64), ("weight_bound", _f64),
    ("deviation", _f64), ("parameters", _u64), ("resolution", _u32), ("weight_parameters", _u32),
    ("measure", _f64), ("in_float", _text), ("arithmetic", _text),
    ("arithmetic_reason", _text), ("input_scales", _u64), ("smallest_input_scale", _f64)])
_OptionInfo = _struct("_OptionInfo", [
    ("type", _i32), ("name", _text), ("field", _text), ("offset", _u32), ("has_default", _i32), ("default_text", _text),
    ("default_number", _f64), ("minimum", _f64), ("maximum", _f64), ("minimum_excluded", _i32), ("maximum_excluded", _i32),
    ("bounds", _text), ("choices", _text), ("meaning", _text)])

_library = c.CDLL(os.environ.get("SRQ_LIBRARY", "libsrq.so.0"))


def _declare(name, result, *arguments):
    function = getattr(_library, name)
    function.restype, function.argtypes = result, arguments
    return function


_status, _out, _none = _i32, c.POINTER(c.c_void_p), None
_last_error = _declare("srq_last_error", _text)
_status_name = _declare("srq_status_name", _text, _status)
_version_number = _declare("srq_version_number", _u32)
_build_id = _declare("srq_build_id", _text)
_option_count = _declare("srq_option_count", c.c_size_t, _text)
_option_get = _declare("srq_option_get", _status, _text, c.c_size_t, c.POINTER(_OptionInfo))
_model_warnings = _declare("srq_model_warnings", _status, _handle, _handle, _handle)
_image_warnings = _declare("srq_image_warnings", _status, _handle, _handle, _handle)
_images_warnings = _declare("srq_images_warnings", _status, _handle, _handle, _handle)
_evaluation_warnings = _declare("srq_evaluation_warnings", _status, _handle, _handle, _handle)
_session_set_warning = _declare("srq_session_set_warning", _status, _handle, _handle, _handle)
_image_read = _declare("srq_image_read", _status, _out, _text)
_image_create = _declare("srq_image_create", _status, _out, _u32, _u32, _i32, _i32)
_image_pixels = _declare("srq_image_pixels", _status, _handle, c.POINTER(_View))
_image_write = _declare("srq_image_write", _status, _handle, _text)
_image_compare = _declare("srq_image_compare", _status, _handle, _handle, _u32, c.POINTER(_Score))
_image_free = _declare("srq_image_free", _none, _handle)
_model_load = _declare("srq_model_load", _status, _out, _text, _handle)
_model_save = _declare("srq_model_save", _status, _handle, _text)
_model_export = _declare("srq_model_export", _status, _handle, _text)
_model_describe = _declare("srq_model_describe", _status, _handle, c.POINTER(_ModelInfo))
_model_layer = _declare("srq_model_layer", _status, _handle, c.c_size_t, c.POINTER(_LayerInfo))
_model_output_size = _declare("srq_model_output_size", _status, _handle, _u32, _u32, c.POINTER(_u32), c.POINTER(_u32))
_model_calibrate = _declare("srq_model_calibrate", _status, _out, _handle, _handle, _handle)
_model_snap = _declare("srq_model_snap", _status, _out, _handle)
_model_quantize = _declare("srq_model_quantize", _status, _out, _handle, _handle)
_model_evaluate = _declare("srq_model_evaluate", _status, _out, _handle, _text, _handle)
_model_free = _declare("srq_model_free", _none, _handle)
_session_create = _declare("srq_session_create", _status, _out, _handle, _handle)
_session_set_progress = _declare("srq_session_set_progress", _status, _handle, _handle, _handle)
_session_upscale = _declare("srq_session_upscale", _status, _handle, c.POINTER(_View), c.POINTER(_View))
_session_upscale_file = _declare("srq_session_upscale_file", _status, _handle, _text, _text)
_session_free = _declare("srq_session_free", _none, _handle)
_images_open = _declare("srq_images_open", _status, _out, _text, _handle)
_images_from_views = _declare("srq_images_from_views", _status, _out, c.POINTER(_View), c.c_size_t, _handle)
_images_count = _declare("srq_images_count", c.c_size_t, _handle)
_images_skipped_count = _declare("srq_images_skipped_count", c.c_size_t, _handle)
_images_skipped = _declare("srq_images_skipped", _status, _handle, c.c_size_t, c.POINTER(_Skipped))
_images_free = _declare("srq_images_free", _none, _handle)
_model_ptq = _declare("srq_model_ptq", _status, _handle, _handle, _handle, _handle)
_quantization_set_bits = _declare("srq_quantization_set_bits", _status, _handle, _text, _u32, _u32)
_quantization_layer_count = _declare("srq_quantization_layer_count", c.c_size_t, _handle)
_quantization_layer = _declare("srq_quantization_layer", _status, _handle, c.c_size_t, c.POINTER(_LayerInfo))
_quantization_finetune = _declare("srq_quantization_finetune", _status, _handle, _handle, _handle)
_quantization_finetuning = _declare("srq_quantization_finetuning", _status, _handle, c.POINTER(_FinetuningInfo))
_quantization_free = _declare("srq_quantization_free", _none, _handle)
_evaluation_count = _declare("srq_evaluation_count", c.c_size_t, _handle)
_evaluation_image = _declare("srq_evaluation_image", _status, _handle, c.c_size_t, c.POINTER(_Score))
_evaluation_mean = _declare("srq_evaluation_mean", _status, _handle, c.POINTER(_Score))
_evaluation_skipped_count = _declare("srq_evaluation_skipped_count", c.c_size_t, _handle)
_evaluation_skipped = _declare("srq_evaluation_skipped", _status, _handle, c.c_size_t, c.POINTER(_Skipped))
_evaluation_free = _declare("srq_evaluation_free", _none, _handle)


class Error(RuntimeError):
    """A call of the library failed. `status` is one of the SRQ_ERROR_ codes, `name` its name."""

    def __init__(self, status, message):
        super().__init__(message)
        self.status = status
        self.name = _status_name(status).decode()


class Warning(UserWarning):
    """Something is odd that can be used all the same, such as a network that is unlikely to be what its options say."""


def _warn(function, handle):
    """Warns of what a function of the library tells, at the line that has called this module."""
    messages = []
    callback = _WarningFunction(lambda _, message: messages.append(message))
    function(handle, c.cast(callback, c.c_void_p), None)
    for message in messages:
        warnings.warn(message.decode("utf-8", "replace"), Warning, stacklevel=3)


class ArgumentError(Error, ValueError):
    """An argument that is out of its bounds, found before the call; its status is SRQ_ERROR_ARGUMENT."""

    def __init__(self, message):
        super().__init__(-10, message)


def version():
    """Returns the library's version, such as "0.1.0"."""
    number = _version_number()
    return f"{number // 1000000}.{number // 1000 % 1000}.{number % 1000}"


def build():
    """Returns 16 hexadecimal digits that differ from build to build of the library; "" if they cannot be found."""
    return _build_id().decode()


def _check(status):
    if status:
        raise Error(status, _last_error().decode("utf-8", "replace"))


def _bytes(name, data):
    # The library would see the part before it, which may be the name of another file.
    if b"\0" in data:
        raise ArgumentError(f"{name}: has a NUL inside")
    return data


def _path(name, path):
    try:
        return _bytes(name, os.fsencode(os.fspath(path)))
    except TypeError:
        raise TypeError(f"{name}: must be a path, not {type(path).__name__}") from None


def _string(name, text):
    if not isinstance(text, str):
        raise TypeError(f"{name}: must be a string, not {type(text).__name__}")
    return _bytes(name, text.encode())


def _integer(name, value, most=0xffffffff):
    """Returns an int from 0 to `most`, of an int or of another whole number, such as NumPy's; True and False are none."""
    if isinstance(value, (bool, np.bool_)) or not hasattr(value, "__index__"):
        raise TypeError(f"{name}: must be a whole number, not {type(value).__name__}")
    number = operator.index(value)
    if not 0 <= number <= most:
        raise ArgumentError(f"{name}: {number} is outside 0...{most}")
    return number


def _of(name, kind, value):
    """Returns the handle of an object of this module."""
    if not isinstance(value, kind):
        raise TypeError(f"{name}: must be srq.{kind.__name__}, not {type(value).__name__}")
    return value._handle


# The types of options by the number that srq.h gives them: a name, and the type of the field. A later library may have others.
_OPTION_TYPES = {1: ("integer", _u32), 2: ("integer", _u64), 3: ("boolean", _i32), 4: ("number", _f32), 5: ("string", _text),
                 6: ("list", _text), 7: ("function", _ProgressFunction)}


def _described(owner):
    name, info = owner.encode(), _OptionInfo()
    for index in range(max(_option_count(name), 1)):            # an unknown owner raises
        _check(_option_get(name, index, c.byref(info)))
        yield info


def options(owner):
    """Returns the options of "load", "images", "calibrate", "finetune", "quantize", "ptq", "session", "evaluate" or
    "histograms", as dictionaries with None where a value does not apply. "name" is the keyword."""
    def number(value):
        return value if math.isfinite(value) else None

    def default(info):
        if not info.has_default:
            return None
        if info.type in (5, 6):
            return info.default_text.decode()
        return {1: int, 2: int, 3: bool}.get(info.type, float)(info.default_number)

    return [{"name": info.field.decode(), "type": _OPTION_TYPES.get(info.type, ("unknown",))[0], "default": default(info),
             "default_text": info.default_text.decode(), "minimum": number(info.minimum), "maximum": number(info.maximum),
             "minimum_excluded": bool(info.minimum_excluded), "maximum_excluded": bool(info.maximum_excluded),
             "bounds": info.bounds.decode(), "choices": info.choices.decode().split(", ") if info.choices else [],
             "meaning": info.meaning.decode()}
            for info in _described(owner)]


def _checked(info, name, value):
    """Returns an option's value as its field takes it. The library's list of options has the types and bounds."""
    kind, choices = _OPTION_TYPES[info.type][0], info.choices.decode().split(", ") if info.choices else []
    if kind == "integer":
        value = _integer(name, value, 0xffffffff if info.type == 1 else 0xffffffffffffffff)
    elif kind == "number":
        if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, float, np.integer, np.floating)):
            raise TypeError(f"{name}: must be a number, not {type(value).__name__}")
        value = float(value)
    elif kind == "boolean":
        if not (isinstance(value, (bool, np.bool_)) or hasattr(value, "__index__") and value in (0, 1)):
            raise TypeError(f"{name}: must be True or False, not {value!r}")
        return int(value)
    elif kind == "list":
        parts = value.split(",") if isinstance(value, str) else value
        if not isinstance(parts, (list, tuple)):
            raise TypeError(f"{name}: must be a list of strings, not {type(value).__name__}")
        parts = [part.strip() if isinstance(part, str) else part for part in parts]
        value = b",".join(_chosen(name, _string(name, part), choices) for part in parts)
    elif kind == "string":
        # A text without a list of known ones is a path or a pattern.
        value = _chosen(name, _string(name, value), choices) if choices else _path(name, value)
    if kind in ("integer", "number"):
        # NaN is below no bound, and in no bounds either.
        below = not value > info.minimum if info.minimum_excluded else not value >= info.minimum
        above = not value < info.maximum if info.maximum_excluded else not value <= info.maximum
        if below or above:
            raise ArgumentError(f"{name}: {value} is outside {info.bounds.decode() or 'the finite numbers'}")
    return value


def _chosen(name, text, choices):
    if choices and text.decode() not in choices:
        raise ArgumentError(f"{name}: unknown '{text.decode()}' (known: {', '.join(choices)})")
    return text


class _Options:
    """A call's struct of options, whose fields the library describes. `prefix` begins the names of the struct's functions."""

    _ROOM = 1024                                                # for every field that a later library may add; the rest is zero

    def __init__(self, owner, prefix, method=None):
        self.buffer = (c.c_uint64 * (self._ROOM // 8))()        # aligned as the struct
        self.kept = []                                          # strings and callbacks that the struct points to
        self.owner = owner
        self.fields = {}
        for info in _described(owner):
            if info.type in _OPTION_TYPES:
                self.fields[info.field.decode()] = _OptionInfo.from_buffer_copy(info)
        if method is None:
            _declare(f"srq_{prefix}_options_init", None, _handle, _u32)(self.pointer, self._ROOM)
        else:
            init = _declare(f"srq_{prefix}_options_init_method", _status, _handle, _u32, _text)
            _check(init(self.pointer, self._ROOM, _string("method", method)))

    @property
    def pointer(self):
        return c.addressof(self.buffer)

    def set(self, name, value):
        """Sets a field to a value of the field's type."""
        info = self.fields[name]
        kept = _OPTION_TYPES[info.type][1](value)
        self.kept.append(kept)
        c.memmove(self.pointer + info.offset, c.byref(kept), c.sizeof(kept))

    def change(self, caller, values):
        """Sets keyword arguments; an unknown one is an error that lists the known ones, and None leaves the default."""
        known = [name for name, info in self.fields.items() if _OPTION_TYPES[info.type][0] != "function" and name != "method"]
        for name, value in values.items():
            if name not in known:
                raise TypeError(f"{caller}: unknown option '{name}' (known: {', '.join(known)})")
            if value is not None:
                self.set(name, _checked(self.fields[name], f"{caller}: {name}", value))
        return self


class _Watch:
    """A Python function, or None, as the library's callback. Returning False cancels; an exception cancels and is raised by
    `finish`. So does Ctrl-C: Python's handler runs when a callback runs, so a call has one even where nobody asked for it, and
    must not raise outside of `report`, where ctypes would print the exception and go on. While the call runs, a handler of
    this class therefore only takes notice, and the program's own has its turn afterwards; in the program's function it has it at
    once. To be used in a `with` statement around the call."""

    def __init__(self, function):
        if function is not None and not callable(function):
            raise TypeError(f"progress: must be a function, not {type(function).__name__}")
        self.function = function
        self.error = self.handler = self.interrupt = None
        self.in_function = False
        self.callback = _ProgressFunction(self.report)          # kept alive with this object

    def __enter__(self):
        # Python runs handlers in the main thread alone. One that is not Python's, or no function at all, stays as it is.
        if threading.current_thread() is threading.main_thread() and callable(signal.getsignal(signal.SIGINT)):
            self.handler = signal.signal(signal.SIGINT, self.note)
        return self

    def __exit__(self, error, *_):
        if self.handler:
            signal.signal(signal.SIGINT, self.handler)
        if error and self.interrupt:
            self.finish(0)                                      # the call was not made, and Ctrl-C is not to be lost

    def note(self, number, frame):
        if self.in_function:
            return self.handler(number, frame)
        self.interrupt = number, frame

    def report(self, _, progress):
        if self.interrupt:
            return 1
        if self.function is None:
            return 0
        try:
            self.in_function = True
            p = progress.contents
            going_on = self.function({
                "stage": p.stage.decode(), "detail": p.detail.decode("utf-8", "replace"), "epoch": p.epoch, "done": p.done,
                "total": p.total, "loss": None if math.isnan(p.loss) else p.loss, "seconds": p.seconds})
            self.in_function = False
            return 1 if going_on is False else 0
        except BaseException as error:                          # of the function, and of a handler that ran in it
            self.in_function = False
            self.error = error
            return 1

    def finish(self, status):
        if self.error:
            raise self.error
        if self.interrupt and self.handler:
            self.handler(*self.interrupt)                       # Python's own raises KeyboardInterrupt
        _check(status)


class _Object:
    """The base of objects that own a handle and free it when they are collected."""

    _free = None

    def __init__(self, handle):
        self._handle = handle

    def __del__(self):
        if getattr(self, "_handle", None):
            type(self)._free(self._handle)
            self._handle = None

    def __reduce_ex__(self, protocol):
        # A copy of the attributes would be a second owner of the handle. This is what copy and pickle ask.
        raise TypeError(f"srq.{type(self).__name__} cannot be copied or pickled")

    def __repr__(self):
        return f"<srq.{type(self).__name__}{self._told()}>"

    def _told(self):
        return ""


class _Unchanging(_Object):
    """The base of objects that never change, of which a copy is the object itself."""

    def __copy__(self):
        return self

    def __deepcopy__(self, _):
        return self


_FORMATS = {1: 1, 2: 2, 3: 3, 4: 4}                             # channels: gray, gray and alpha, RGB, RGBA
_CHANNELS = {1: 1, 2: 2, 3: 3, 4: 4, 5: 3, 6: 4}
_TYPES = {np.dtype(np.uint8): 1, np.dtype(np.uint16): 2, np.dtype(np.float32): 3}


def _array(value):
    array = np.ascontiguousarray(value)
    if array.dtype not in _TYPES:
        raise TypeError(f"pixels must be uint8, uint16 or float32, not {array.dtype}")
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in _FORMATS):
        raise ValueError(f"pixels must be height × width or height × width × 1…4 channels, not {array.shape}")
    return array


def _view(array):
    channels = array.shape[2] if array.ndim == 3 else 1
    return _View(width=array.shape[1], height=array.shape[0], format=_FORMATS[channels], type=_TYPES[array.dtype],
                 data=array.ctypes.data)


class _Image(_Object):
    _free = _image_free

    @classmethod
    def of(cls, array):
        view, target, handle = _view(array), _View(), c.c_void_p()
        _check(_image_create(c.byref(handle), view.width, view.height, view.format, view.type))
        image = cls(handle)
        _check(_image_pixels(handle, c.byref(target)))
        c.memmove(target.data, view.data, array.nbytes)
        return image

    def array(self):
        view = _View()
        _check(_image_pixels(self._handle, c.byref(view)))
        dtype = next(dtype for dtype, number in _TYPES.items() if number == view.type)
        channels = _CHANNELS[view.format]
        row = view.width * channels * dtype.itemsize
        stride = view.stride or row
        memory = np.ctypeslib.as_array(c.cast(view.data, c.POINTER(c.c_uint8)), (view.height, stride))
        pixels = memory[:, :row].copy().view(dtype).reshape(view.height, view.width, channels)
        return pixels[:, :, 0] if channels == 1 else pixels


def read(path):
    """Reads a PNG into an array: height × width for gray, else height × width × channels; uint8 or uint16."""
    handle = c.c_void_p()
    _check(_image_read(c.byref(handle), _path("path", path)))
    image = _Image(handle)
    _warn(_image_warnings, handle)
    return image.array()


def write(path, pixels):
    """Writes an array as a PNG; float32 (0…1) becomes 16 bit."""
    image = _Image.of(_array(pixels))                           # named, so that it lives through the call
    _check(_image_write(image._handle, _path("path", path)))


def _scores(score):
    return {"name": (score.name or b"").decode("utf-8", "replace"), "psnr": score.psnr, "ssim": score.ssim,
            "ssim_replicate": score.ssim_replicate, "bits": score.bits}


def compare(pixels, reference, shave=0):
    """Returns PSNR in dB and SSIM on luma of two arrays of one size, with `shave` pixels left out at each side."""
    score, shave = _Score(), _integer("shave", shave)
    image, other = _Image.of(_array(pixels)), _Image.of(_array(reference))
    _check(_image_compare(image._handle, other._handle, shave, c.byref(score)))
    return _scores(score)


def _skipped(count, read, handle):
    images, info = [], _Skipped()
    for index in range(count):
        _check(read(handle, index, c.byref(info)))
        images.append({"name": info.name.decode("utf-8", "replace"), "reason": info.reason.decode("utf-8", "replace")})
    return images


class Images(_Unchanging):
    """Patches for calibration and finetuning, from a folder, a pattern, or a list of arrays. Options: count, patch, seed,
    keep_going."""

    _free = _images_free

    def __init__(self, source, **options):
        handle = c.c_void_p()
        values = _Options("images", "images").change("Images", options)
        if isinstance(source, (str, bytes, os.PathLike)):
            _check(_images_open(c.byref(handle), _path("source", source), values.pointer))
            super().__init__(handle)
            _warn(_images_warnings, handle)
        else:
            arrays = [_array(pixels) for pixels in source]
            views = (_View * len(arrays))(*[_view(array) for array in arrays])
            _check(_images_from_views(c.byref(handle), views, len(arrays), values.pointer))
        super().__init__(handle)

    def __len__(self):
        return _images_count(self._handle)

    def _told(self):
        return f" of {len(self)} patches"

    @property
    def skipped(self):
        """The files that keep_going left out, each with its name and reason."""
        return _skipped(_images_skipped_count(self._handle), _images_skipped, self._handle)


def _layers(count, read_layer, handle):
    layers = []
    for index in range(count):
        info = _LayerInfo()
        _check(read_layer(handle, index, c.byref(info)))
        layer = {}
        for name, kind in _LayerInfo._fields_[1:]:
            value = getattr(info, name)
            layer[name] = value.decode() if kind is _text else None if value != value else value
        layers.append(layer)
    return layers


class Model(_Unchanging):
    """A network, float or quantized, loaded from a file. Options: tanh_output, res_scale, range. Never changes."""

    _free = _model_free

    def __init__(self, path=None, *, handle=None, **options):
        if handle is None:
            handle = c.c_void_p()
            values = _Options("load", "load").change("Model", options)
            _check(_model_load(c.byref(handle), _path("path", path), values.pointer))
            super().__init__(handle)
            _warn(_model_warnings, handle)
        super().__init__(handle)

    def _told(self):
        info = self._info()
        kind = "snapped" if info.snapped else "quantized" if info.quantized else "float"
        return f": {info.architecture.decode()} x{info.scale}, {info.layers} layers, {info.parameters} parameters, {kind}"

    def _info(self):
        info = _ModelInfo()
        _check(_model_describe(self._handle, c.byref(info)))
        return info

    @property
    def architecture(self):
        return self._info().architecture.decode()

    @property
    def scale(self):
        return self._info().scale

    @property
    def parameters(self):
        return self._info().parameters

    @property
    def quantized(self):
        return bool(self._info().quantized)

    def snap(self):
        """Returns the quantized model with its levels on integer grids, for one that was frozen without."""
        handle = c.c_void_p()
        _check(_model_snap(c.byref(handle), self._handle))
        return Model(handle=handle)

    @property
    def snapped(self):
        """Whether activations lie on integer grids and layers compute in whole numbers where they can."""
        return bool(self._info().snapped)

    @property
    def recipe(self):
        """The record of calibration and finetuning as JSON; "" for a float model."""
        return self._info().recipe.decode()

    def layers(self):
        """The convolutions in the order they run, as dictionaries; None where a value does not apply."""
        return _layers(self._info().layers, _model_layer, self._handle)

    def save(self, path):
        _check(_model_save(self._handle, _path("path", path)))

    def export(self, path):
        _check(_model_export(self._handle, _path("path", path)))

    def output_shape(self, height, width):
        output_width, output_height = _u32(), _u32()
        height, width = _integer("height", height), _integer("width", width)
        _check(_model_output_size(self._handle, width, height, c.byref(output_width), c.byref(output_height)))
        return output_height.value, output_width.value

    def upscale(self, pixels, progress=None, **options):
        """Upscales one array; for many, keep a Session."""
        return Session(self, **options).upscale(pixels, progress)

    def calibrate(self, images, progress=None, **options):
        """Runs the float network over the images and sets every clipping range; options: `srq.options("calibrate")`."""
        handle = c.c_void_p()
        values = _Options("calibrate", "calibration").change("calibrate", options)
        with _Watch(progress) as watch:
            values.set("progress", watch.callback)
            status = _model_calibrate(c.byref(handle), self._handle, _of("images", Images, images), values.pointer)
            quantization = Quantization(handle)
        watch.finish(status)
        return quantization

    def ptq(self, images, progress=None, **options):
        """Calibrates, finetunes and freezes in one call: returns a quantized model; options: `srq.options("ptq")`."""
        handle = c.c_void_p()
        values = _Options("ptq", "ptq").change("ptq", options)
        with _Watch(progress) as watch:
            values.set("progress", watch.callback)
            status = _model_ptq(c.byref(handle), self._handle, _of("images", Images, images), values.pointer)
            model = Model(handle=handle)
        watch.finish(status)
        return model

    def evaluate(self, folder, progress=None, **options):
        """Returns the scores of a folder: the means, "images" with each one's, "skipped" with the name and reason of what
        keep_going left out, and "without_ssim" with the names of images that are too small for the window of SSIM, which its
        mean leaves out; options: `srq.options("evaluate")`."""
        handle, score = c.c_void_p(), _Score()
        values = _Options("evaluate", "evaluation").change("evaluate", options)
        folder = _path("folder", folder)
        with _Watch(progress) as watch:
            values.set("progress", watch.callback)
            status = _model_evaluate(c.byref(handle), self._handle, folder, values.pointer)
        try:
            watch.finish(status)
            _warn(_evaluation_warnings, handle)
            _check(_evaluation_mean(handle, c.byref(score)))
            result = dict(_scores(score), images=[])
            for index in range(_evaluation_count(handle)):
                _check(_evaluation_image(handle, index, c.byref(score)))
                result["images"].append(_scores(score))
            result["without_ssim"] = [image["name"] for image in result["images"] if math.isnan(image["ssim"])]
            result["skipped"] = _skipped(_evaluation_skipped_count(handle), _evaluation_skipped, handle)
            return result
        finally:
            _evaluation_free(handle)


class Session(_Object):
    """Scratch memory for running a model, for one call at a time. Options: `srq.options("session")`."""

    _free = _session_free

    def __init__(self, model, **options):
        handle = c.c_void_p()
        values = _Options("session", "session").change("Session", options)
        _check(_session_create(c.byref(handle), _of("model", Model, model), values.pointer))
        super().__init__(handle)
        self._model = model

    def upscale(self, pixels, progress=None):
        """Returns an array of the same type and channels, `scale` times as wide and high."""
        source = _array(pixels)
        height, width = self._model.output_shape(*source.shape[:2])
        result = np.empty((height, width) + source.shape[2:], source.dtype)
        views = _view(source), _view(result)
        self._run(progress, lambda: _session_upscale(self._handle, c.byref(views[0]), c.byref(views[1])))
        return result

    def upscale_file(self, source, target, progress=None):
        """Upscales a PNG file into a PNG file of the same kind."""
        paths, messages = (_path("source", source), _path("target", target)), []
        callback = _WarningFunction(lambda _, message: messages.append(message))
        _check(_session_set_warning(self._handle, c.cast(callback, c.c_void_p), None))
        try:
            self._run(progress, lambda: _session_upscale_file(self._handle, *paths))
        finally:
            _session_set_warning(self._handle, None, None)
        for message in messages:
            warnings.warn(message.decode("utf-8", "replace"), Warning, stacklevel=2)

    def _run(self, progress, call):
        with _Watch(progress) as watch:
            _check(_session_set_progress(self._handle, c.cast(watch.callback, c.c_void_p), None))
            status = call()
            message = _last_error()                             # the next call may replace it
            _session_set_progress(self._handle, None, None)
        if not watch.error and not watch.interrupt and status:
            raise Error(status, message.decode("utf-8", "replace"))
        watch.finish(0)


class Quantization(_Object):
    """A network with quantizers on its layers that can still be changed, for one call at a time."""

    _free = _quantization_free

    def bits(self, pattern, weights=0, activations=0):
        """Sets the bits (2 to 8, 32 for float) of the layers that match; 0 leaves that side as it is; no match is an error."""
        weights, activations = _integer("weights", weights), _integer("activations", activations)
        _check(_quantization_set_bits(self._handle, _string("pattern", pattern), weights, activations))

    def layers(self):
        return _layers(_quantization_layer_count(self._handle), _quantization_layer, self._handle)

    def finetune(self, images, progress=None, method="saft", **options):
        """Trains clipping ranges and breakpoints; options: `srq.options("finetune")`, whose defaults the method sets. Lambda is
        passed as `**{"lambda": 5}`."""
        values = _Options("finetune", "finetune", method).change("finetune", options)
        with _Watch(progress) as watch:
            values.set("progress", watch.callback)
            status = _quantization_finetune(self._handle, _of("images", Images, images), values.pointer)
        watch.finish(status)
        return self

    def finetuning(self):
        """Returns what the last finetuning run took: "epochs", those of them that were "resumed" from a state, and the "seconds"
        of all calls that it was made in; None before the first run."""
        info = _FinetuningInfo()
        _check(_quantization_finetuning(self._handle, c.byref(info)))
        return {"epochs": info.epochs, "resumed": info.resumed, "seconds": info.seconds} if info.runs else None

    def quantize(self, **options):
        """Returns a frozen model. Options: snapping, which moves levels to integer grids, so that the model runs in integers."""
        handle = c.c_void_p()
        values = _Options("quantize", "quantize").change("quantize", options)
        _check(_model_quantize(c.byref(handle), self._handle, values.pointer))
        return Model(handle=handle)
