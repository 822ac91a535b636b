"""Arrays of samples: ``(channels, frames)``, float32."""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.float32]


def output_array(out: Any, channels: int, frames: int) -> Samples:
    """The array that is rendered into: a new one, or the caller's, checked."""
    if out is None:
        return np.zeros((channels, frames), np.float32)
    if not isinstance(out, np.ndarray):
        raise TypeError(f"out is a {type(out).__name__}: a numpy array is expected")
    if out.dtype != np.float32:
        raise TypeError(f"out has samples of type {out.dtype}: float32 is expected")
    if out.shape != (channels, frames):
        raise ValueError(f"out has the shape {out.shape}: (channels, frames) = {(channels, frames)} is expected")
    if not out.flags.writeable:
        raise ValueError("out cannot be written: it is a read-only array")
    if frames > 1 and out.strides[1] != out.itemsize or not out.flags.aligned:
        raise ValueError("out has gaps between the frames of a channel: rows of adjacent samples are wanted")
    if channels > 1 and frames and abs(out.strides[0]) < frames * out.itemsize:
        raise ValueError("the channels of out share memory")
    return out


def input_array(samples: npt.ArrayLike) -> Samples:
    """Samples for the inputs of a patch: converted to float32 where that is needed."""
    array = np.asarray(samples)
    if array.dtype.kind != "f":
        raise TypeError(f"the input has samples of type {array.dtype}: convert them to float32, full scale is 1.0")
    if array.ndim == 1:
        array = array[np.newaxis, :]
    if array.ndim != 2 or array.shape[0] == 0:
        raise ValueError(f"the input has the shape {np.shape(samples)}: (channels, frames) or (frames,) is expected")
    return np.ascontiguousarray(array, np.float32)


def pointers(array: Samples, channels: int, start: int) -> Any:
    """One pointer for each channel, from a frame on; the last row of the array serves the channels that have none."""
    base, step = array.ctypes.data + start * array.itemsize, array.strides[0]
    rows = array.shape[0]
    return (ctypes.c_void_p * max(channels, 1))(*(base + min(i, rows - 1) * step for i in range(channels)))
