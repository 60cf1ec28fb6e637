/**
 * What an ONNX file says of itself beside its graph: `ModelProto` of onnx.proto, fields ir_version 1, producer_name 2 and
 * metadata_props 14 (key 1, value 2). onnxruntime-node does not give them. Everything else is passed over unread, so that
 * the size of the file costs nothing; lengths are held against the bytes that are there.
 */

export interface OnnxMetadata {
  /** The program that wrote the file; empty when it does not say. */
  readonly producer: string;
  readonly properties: ReadonlyMap<string, string>;
}

const mostProperties = 200;
const longestText = 256 * 1024;
/** Fields at the top: those of the format are 20, and metadata repeats one of them. */
const mostFields = 10_000;

interface Field {
  readonly number: number;
  /** Of a field with a length; undefined of a number. */
  readonly bytes: Uint8Array | undefined;
}

/** Fields of a protobuf message; undefined where they are broken. */
const readFields = (message: Uint8Array): readonly Field[] | undefined => {
  const fields: Field[] = [];
  let at = 0;
  /** Undefined beyond the end, or where it is longer than 64 bits. */
  const varint = (): number | undefined => {
    let value = 0;
    for (let count = 0, factor = 1; count < 10; count++, factor *= 128) {
      const byte = message[at++];
      if (byte === undefined) return undefined;
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
    return undefined;
  };
  /** How many bytes a value takes, by its wire type: undefined for those that ONNX does not use. */
  const lengthOf = (wire: number): number | undefined => {
    if (wire === 0) return varint() === undefined ? undefined : 0;
    if (wire === 1) return 8;
    if (wire === 2) return varint();
    return wire === 5 ? 4 : undefined;
  };
  while (at < message.length) {
    const key = varint();
    if (key === undefined || key < 8 || fields.length === mostFields) return undefined;
    const wire = key % 8;
    const length = lengthOf(wire);
    if (length === undefined || length > message.length - at) return undefined;
    fields.push({
      number: Math.floor(key / 8),
      bytes: wire === 2 ? message.subarray(at, at + length) : undefined,
    });
    at += length;
  }
  return fields;
};

const decoder = new TextDecoder();

const textOf = (fields: readonly Field[], number: number): string =>
  decoder.decode(fields.findLast(field => field.number === number)?.bytes?.subarray(0, longestText));

/** Undefined for a file that is no ONNX model. */
export const readOnnxMetadata = (file: Uint8Array): OnnxMetadata | undefined => {
  const fields = readFields(file);
  // A model has a version of the format and a graph.
  if (fields === undefined || ![1, 7].every(number => fields.some(field => field.number === number))) return undefined;
  const properties = new Map<string, string>();
  for (const { number, bytes } of fields) {
    if (number !== 14 || bytes === undefined || properties.size === mostProperties) continue;
    const property = readFields(bytes);
    if (property === undefined) return undefined;
    properties.set(textOf(property, 1), textOf(property, 2));
  }
  return { producer: textOf(fields, 2), properties };
};

/** How files begin that are often taken for an ONNX model. */
const otherFormats: readonly { readonly begin: string; readonly at?: number; readonly words: string }[] = [
  { begin: 'PK\u0003\u0004', words: 'a PyTorch or TorchScript file (.pt); export it as ONNX' },
  { begin: 'TFL3', at: 4, words: 'a TensorFlow Lite model; convert it to ONNX' },
  { begin: '\u0089HDF', words: 'a Keras model (HDF5); convert it to ONNX' },
  { begin: 'ftrt', words: 'a TensorRT engine; export the model as ONNX instead' },
  { begin: '<?xml', words: 'the XML of an OpenVINO model; export it as ONNX' },
  { begin: 'version https://git-lfs', words: 'a pointer of Git LFS; fetch the file itself with git lfs pull' },
  { begin: '<!DOCTYPE', words: 'a web page; the download needs a login or another address' },
  { begin: '<html', words: 'a web page; the download needs a login or another address' },
];

/** What a file is that is no ONNX model, for people; undefined when it is not known. */
export const otherFormatOf = (file: Uint8Array): string | undefined => {
  const start = Buffer.from(file.subarray(0, 64)).toString('latin1');
  return otherFormats.find(({ begin, at = 0 }) => start.startsWith(begin, at))?.words;
};
