/**
 * Writes small models in the ONNX format (onnx.proto, IR version 8), so that a test says exactly what a model gives. Only the
 * messages that such graphs need: nodes with attributes of integers or one tensor, inputs, outputs and metadata.
 */

/** `TensorProto.DataType`. */
const dataTypes = { float32: 1, uint8: 2, int8: 3, int32: 6, int64: 7, float16: 10 } as const;

export type ElementType = keyof typeof dataTypes;

export interface TensorSpec {
  readonly type: ElementType;
  /** A text is a dimension that may be anything. */
  readonly dimensions: readonly (number | string)[];
}

export interface ConstantSpec {
  readonly type: ElementType;
  readonly dimensions: readonly number[];
  /** Of float16 the bits. */
  readonly values: readonly number[];
}

export interface NodeSpec {
  readonly operator: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** A list of integers, one integer, or a tensor. */
  readonly attributes?: Readonly<Record<string, number | readonly number[] | ConstantSpec>>;
}

export interface GraphSpec {
  readonly inputs: Readonly<Record<string, TensorSpec>>;
  readonly outputs: Readonly<Record<string, TensorSpec>>;
  readonly nodes: readonly NodeSpec[];
  readonly metadata?: Readonly<Record<string, string>>;
}

const varint = (value: number): number[] => {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return [...bytes, rest];
};

const numberField = (field: number, value: number): Buffer => Buffer.from([...varint(field * 8), ...varint(value)]);

const bytesField = (field: number, value: string | Uint8Array): Buffer => {
  const bytes = Buffer.from(value);
  return Buffer.concat([Buffer.from([...varint(field * 8 + 2), ...varint(bytes.length)]), bytes]);
};

const raw = ({ type, values }: ConstantSpec): Uint8Array => {
  const array = {
    float32: () => Float32Array.from(values),
    uint8: () => Uint8Array.from(values),
    int8: () => Int8Array.from(values),
    int32: () => Int32Array.from(values),
    int64: () => BigInt64Array.from(values, BigInt),
    float16: () => Uint16Array.from(values),
  }[type]();
  return new Uint8Array(array.buffer);
};

/** `TensorProto`: dims 1, data_type 2, raw_data 9. */
const tensor = (constant: ConstantSpec): Buffer =>
  Buffer.concat([
    ...constant.dimensions.map(dimension => numberField(1, dimension)),
    numberField(2, dataTypes[constant.type]),
    bytesField(9, raw(constant)),
  ]);

/** `AttributeProto`: name 1, i 3, t 5, ints 8, type 20. */
const attribute = (name: string, value: number | readonly number[] | ConstantSpec): Buffer => {
  const [fields, type] =
    typeof value === 'number'
      ? [[numberField(3, value)], 2]
      : 'values' in value && !Array.isArray(value)
        ? [[bytesField(5, tensor(value as ConstantSpec))], 4]
        : [(value as readonly number[]).map(each => numberField(8, each)), 7];
  return Buffer.concat([bytesField(1, name), ...fields, numberField(20, type)]);
};

/** `NodeProto`: input 1, output 2, op_type 4, attribute 5. */
const node = ({ operator, inputs, outputs, attributes = {} }: NodeSpec): Buffer =>
  Buffer.concat([
    ...inputs.map(name => bytesField(1, name)),
    ...outputs.map(name => bytesField(2, name)),
    bytesField(4, operator),
    ...Object.entries(attributes).map(([name, value]) => bytesField(5, attribute(name, value))),
  ]);

/** `ValueInfoProto`: name 1, type 2; its `tensor_type` 1 has elem_type 1 and shape 2 of dim 1, a value 1 or a name 2. */
const value = (name: string, { type, dimensions }: TensorSpec): Buffer => {
  const shape = dimensions.map(dimension =>
    bytesField(1, typeof dimension === 'number' ? numberField(1, dimension) : bytesField(2, dimension)),
  );
  const tensorType = Buffer.concat([numberField(1, dataTypes[type]), bytesField(2, Buffer.concat(shape))]);
  return Buffer.concat([bytesField(1, name), bytesField(2, bytesField(1, tensorType))]);
};

/** `ModelProto`: ir_version 1, graph 7, opset_import 8 of version 2, metadata_props 14; `GraphProto`: node 1, name 2, input 11, output 12. */
export const encodeModel = ({ inputs, outputs, nodes, metadata = {} }: GraphSpec): Buffer => {
  const graph = Buffer.concat([
    ...nodes.map(each => bytesField(1, node(each))),
    bytesField(2, 'test'),
    ...Object.entries(inputs).map(([name, spec]) => bytesField(11, value(name, spec))),
    ...Object.entries(outputs).map(([name, spec]) => bytesField(12, value(name, spec))),
  ]);
  return Buffer.concat([
    numberField(1, 8),
    bytesField(7, graph),
    bytesField(8, numberField(2, 17)),
    ...Object.entries(metadata).map(([key, text]) =>
      bytesField(14, Buffer.concat([bytesField(1, key), bytesField(2, text)])),
    ),
  ]);
};

/** A node that gives `values`, whatever the picture. */
export const constantNode = (output: string, constant: ConstantSpec): NodeSpec => ({
  operator: 'Constant',
  inputs: [],
  outputs: [output],
  attributes: { value: constant },
});

/** A model that gives these tensors, whatever the picture. */
export const encodeConstants = (
  image: TensorSpec,
  constants: Readonly<Record<string, ConstantSpec>>,
  metadata: GraphSpec['metadata'] = {},
): Buffer =>
  encodeModel({
    inputs: { images: image },
    outputs: constants,
    nodes: Object.entries(constants).flatMap(([name, constant]) => [
      constantNode(`${name}.constant`, constant),
      { operator: 'Identity', inputs: [`${name}.constant`], outputs: [name] },
    ]),
    metadata,
  });
