#!/usr/bin/python3
"""Packs stdin to stdout with a content coding: pack.py gzip|deflate|raw|br|zstd

raw is deflate without zlib's header. The last two by the libraries that libcurl unpacks with, since
neither Python nor a tool that is always there can.
"""
import ctypes
import sys
import zlib


def by_zlib(window_bits, data):
    packer = zlib.compressobj(9, zlib.DEFLATED, window_bits)
    return packer.compress(data) + packer.flush()


def br(data):
    size = ctypes.c_size_t(len(data) + 1024)
    packed = ctypes.create_string_buffer(size.value)
    library = ctypes.CDLL("libbrotlienc.so.1")
    quality, window_bits, generic = 9, 22, 0
    if not library.BrotliEncoderCompress(quality, window_bits, generic, ctypes.c_size_t(len(data)), data,
                                         ctypes.byref(size), packed):
        sys.exit("pack: brotli failed")
    return packed.raw[:size.value]


def zstd(data):
    library = ctypes.CDLL("libzstd.so.1")
    library.ZSTD_compress.restype = ctypes.c_size_t
    packed = ctypes.create_string_buffer(len(data) + 1024)
    size = library.ZSTD_compress(packed, ctypes.c_size_t(len(packed)), data, ctypes.c_size_t(len(data)), 3)
    if size > len(packed):
        sys.exit("pack: zstd failed")
    return packed.raw[:size]


CODINGS = {
    "gzip": lambda data: by_zlib(16 + zlib.MAX_WBITS, data),
    "deflate": lambda data: by_zlib(zlib.MAX_WBITS, data),
    "raw": lambda data: by_zlib(-zlib.MAX_WBITS, data),
    "br": br,
    "zstd": zstd,
}

if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in CODINGS:
        sys.exit(__doc__)
    sys.stdout.buffer.write(CODINGS[sys.argv[1]](sys.stdin.buffer.read()))
