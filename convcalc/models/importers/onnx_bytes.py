"""The bytes of an ONNX file without the values of its weights, which nobody here reads.

The lengths that protobuf writes before everything are followed, and large values are passed over
where they lie: a file of 2 GiB takes the memory that its graph does.

Source: protobuf.dev, "Encoding"; which fields there are is said by onnx's own descriptors.
"""

from typing import Any, BinaryIO

from convcalc.text.errors import ConvcalcError

LARGE = 2**20  # bytes; values of fewer are read with what is around them
LARGEST_REST = 64 * 2**20  # bytes, of all that is read: as of any other source
MOST_FIELDS = 1_000_000  # of messages that are large themselves
DEEPEST = 100  # as protobuf has it
VARINT, EIGHT, LENGTH, FOUR = 0, 1, 2, 5  # wire types
TENSOR = "TensorProto"
VALUES = ("raw_data", "float_data", "double_data", "int32_data", "int64_data", "uint64_data",
          "string_data")  # fmt: skip


class NotProtobuf(Exception):
    """Bytes that protobuf has not written."""


class BytesReader:
    """Reads a message of a file from where it stands, up to a size."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.position = 0
        self.read = 0  # bytes that are kept
        self.fields = 0

    def message_without_values(self, size: int, descriptor: Any, depth: int = 0) -> bytes:
        """A message of so many bytes; large values of tensors in it are left out.

        Raises:
            NotProtobuf: it is no message.
            ConvcalcError: too much is left.
        """
        if depth > DEEPEST:
            raise NotProtobuf
        end, parts = self.position + size, []
        while self.position < end:
            part = self._field(end, descriptor, depth)
            parts.append(part)
        if self.position > end:
            raise NotProtobuf
        return b"".join(parts)

    def _field(self, end: int, descriptor: Any, depth: int) -> bytes:
        self.fields += 1
        if self.fields > MOST_FIELDS:
            raise ConvcalcError(f"more than {MOST_FIELDS:,} fields")
        head, tag = self._varint()
        number, kind = tag >> 3, tag & 7
        if not number:
            raise NotProtobuf
        if kind == VARINT:
            return head + self._varint()[0]
        if kind in (EIGHT, FOUR):
            return head + self._bytes(8 if kind == EIGHT else 4)
        if kind != LENGTH:
            raise NotProtobuf  # groups, which ONNX has never had
        written, length = self._varint()
        if length > end - self.position:
            raise NotProtobuf
        if length <= LARGE:
            return head + written + self._bytes(length)
        field = descriptor.fields_by_number.get(number)
        if field is None or (descriptor.name == TENSOR and field.name in VALUES):
            self.position = self.file.seek(self.position + length)
            return b""
        if field.message_type is None:
            return head + written + self._bytes(length)
        inner = self.message_without_values(length, field.message_type, depth + 1)
        return head + _varint_of(len(inner)) + inner

    def _bytes(self, count: int) -> bytes:
        self.read += count
        if self.read > LARGEST_REST:
            raise ConvcalcError(f"more than {LARGEST_REST // 2**20} MiB beside its weights")
        data = self.file.read(count)
        if len(data) < count:
            raise NotProtobuf
        self.position += count
        return data

    def _varint(self) -> tuple[bytes, int]:
        """The bytes of a number and the number: seven bits a byte, the lowest first."""
        data, number = b"", 0
        while len(data) < 10:
            byte = self._bytes(1)
            number |= (byte[0] & 127) << 7 * len(data)
            data += byte
            if byte[0] < 128:
                return data, number
        raise NotProtobuf


def _varint_of(number: int) -> bytes:
    data = bytearray()
    while number > 127:
        data.append(number & 127 | 128)
        number >>= 7
    return bytes([*data, number])
