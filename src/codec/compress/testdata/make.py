"""Writes the compressed files beside this one with the real libraries (Python's own, lz4, zstandard) and tools.

`index.json` says for each how long its content is (see `content`), and how many bytes the library's own streaming
decompressor gives when the file is cut at some places: ours must give no fewer.
"""

import bz2, gzip, hashlib, io, json, lzma, pathlib, subprocess, zlib

import lz4.frame
import zstandard

WORDS = ["weight", "bias", "layer", "norm", "attn", "0.125", "-1.5", "\n", "{", "}", "q_proj", "k_proj", "v", "o", "mlp", "up",
         "down", "gate", "embed", "lm_head", "float16", "torch", "shape", "4096", "11008", ":", ",", "[", "]", " ", "\t", "data"]
EDGE = 20_000


def words(length):
    out, x = bytearray(), 1
    while len(out) < length:
        x = (x * 1103515245 + 12345) & 0x7FFFFFFF
        out += WORDS[(x >> 16) & 31].encode()
    return bytes(out[:length])


def content(length):
    """Words; above a million bytes, the same words at both ends and zeros between: a match of megabytes back."""
    if length <= 1_000_000:
        return words(length)
    return words(EDGE) + bytes(length - 2 * EDGE) + words(EDGE)


def tool(*command):
    return lambda data: subprocess.run(command, input=data, capture_output=True, check=True).stdout


def gz(data):
    out = io.BytesIO()
    with gzip.GzipFile("content.bin", "wb", 6, out, mtime=0) as file:
        file.write(data)
    return out.getvalue()


def xz(check=lzma.CHECK_CRC64, *before, preset=6):
    filters = [*before, {"id": lzma.FILTER_LZMA2, "preset": preset, "dict_size": 8 << 20}]
    return lambda data: lzma.compress(data, lzma.FORMAT_XZ, check, filters=filters)


def zfile(data):
    length = hex(len(data)).encode().ljust(19)
    return b"ZF" + length + zlib.compress(data)


def lz4frame(**options):
    return lambda data: lz4.frame.compress(data, **options)


def partial(codec):
    return {
        "gzip": lambda: zlib.decompressobj(31).decompress,
        "zlib": lambda: zlib.decompressobj().decompress,
        "bzip2": lambda: bz2.BZ2Decompressor().decompress,
        "xz": lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ).decompress,
        "lzma": lambda: lzma.LZMADecompressor(lzma.FORMAT_ALONE).decompress,
        "zstd": lambda: zstandard.ZstdDecompressor(max_window_size=1 << 31).decompressobj().decompress,
        "lz4": lambda: lz4.frame.LZ4FrameDecompressor().decompress,
    }.get(codec)


VARIANTS = {
    "gzip": ("gzip", gz),
    "gzip-1": ("gzip", tool("gzip", "-1n")),
    "zlib": ("zlib", lambda data: zlib.compress(data, 9)),
    "zlib-fixed": ("zlib", lambda data: (c := zlib.compressobj(9, strategy=zlib.Z_FIXED)).compress(data) + c.flush()),
    "zfile": ("zfile", zfile),
    "bzip2-9": ("bzip2", lambda data: bz2.compress(data, 9)),
    "bzip2-1": ("bzip2", lambda data: bz2.compress(data, 1)),
    "xz-crc64": ("xz", xz()),
    "xz-crc32": ("xz", xz(lzma.CHECK_CRC32, preset=0)),
    "xz-none": ("xz", xz(lzma.CHECK_NONE, {"id": lzma.FILTER_DELTA, "dist": 3})),
    "xz-sha256-x86": ("xz", xz(lzma.CHECK_SHA256, {"id": lzma.FILTER_X86})),
    "xz-arm": ("xz", xz(lzma.CHECK_CRC32, {"id": lzma.FILTER_ARM})),
    "xz-armthumb": ("xz", xz(lzma.CHECK_CRC32, {"id": lzma.FILTER_ARMTHUMB})),
    "xz-powerpc": ("xz", xz(lzma.CHECK_CRC32, {"id": lzma.FILTER_POWERPC})),
    "xz-sparc": ("xz", xz(lzma.CHECK_CRC32, {"id": lzma.FILTER_SPARC})),
    "xz-blocks": ("xz", tool("xz", "-T2", "--block-size=30000", "-c")),
    "lzma": ("lzma", lambda data: lzma.compress(data, lzma.FORMAT_ALONE, preset=6)),
    "lzma-sized": ("lzma", tool("xz", "--format=lzma", "-c")),
    "zstd-3": ("zstd", zstandard.ZstdCompressor(3, write_checksum=True).compress),
    "zstd-long": ("zstd", tool("zstd", "-19", "--long=24", "-c")),
    "lz4": ("lz4", lz4frame(content_checksum=True, block_checksum=True)),
    "lz4-independent": ("lz4", lz4frame(block_linked=False, block_size=lz4.frame.BLOCKSIZE_MAX4MB, store_size=True)),
    "lz4-small-blocks": ("lz4", lz4frame(block_linked=True, block_size=lz4.frame.BLOCKSIZE_MAX64KB, compression_level=9)),
    "lz4-legacy": ("lz4", tool("lz4", "-l", "-c")),
}
SIZES = {"gzip": (0, 1, 300, 70_000, 5_000_000), "zlib-fixed": (300,)}
# Data that does not compress, so that stored blocks are met.
NOISE = {"gzip", "xz-crc64", "zstd-3", "lz4", "lz4-independent"}
BRANCHES = {"xz-sha256-x86", "xz-arm", "xz-armthumb", "xz-powerpc", "xz-sparc"}


def branches():
    """Bytes full of what the branch converters look for."""
    out, x = bytearray(), 7
    opcodes = [b"\xe8", b"\xe9", b"\xeb", b"\xf0\xf8", b"\x48\x00\x00\x01", b"\x40\x00", b"\x7f\xff", b"\x00", b"\xff", b"\x0f\x85"]
    while len(out) < 20_000:
        x = (x * 1103515245 + 12345) & 0x7FFFFFFF
        out += opcodes[(x >> 16) % 10]
        if x >> 20 & 1:
            out.append(x >> 22 & 255)
    return bytes(out[:20_000])


def noise():
    return b"".join(hashlib.sha256(bytes([i])).digest() * 2 for i in range(256))


def main():
    here = pathlib.Path(__file__).parent
    index = []
    special = {"branches": branches(), "noise": noise()}
    for name, plain in special.items():
        (here / f"{name}.bin").write_bytes(plain)
    for name, (codec, compress) in VARIANTS.items():
        sizes = ("branches",) if name in BRANCHES else SIZES.get(name, (0, 1, 70_000, 5_000_000))
        for size in (*sizes, "noise") if name in NOISE else sizes:
            plain = special[size] if size in special else content(size)
            packed = compress(plain)
            file = f"{name}.{size}"
            (here / file).write_bytes(packed)
            entry = {"file": file, "codec": codec, "size": size, "cuts": []}
            fresh = partial(codec)
            if fresh and "legacy" not in name:
                for i in range(1, 12):
                    cut = len(packed) * i // 12
                    entry["cuts"].append([cut, len(fresh()(packed[:cut]))])
            index.append(entry)
    (here / "index.json").write_text("[\n" + ",\n".join("  " + json.dumps(e) for e in index) + "\n]\n")


main()
